// Buttons that copy the text of another element; without JavaScript they stay hidden, and people select the text.

/** Browsers have a clipboard only where they trust the way (https, or this machine); elsewhere they copy what is
    selected, or leave it selected for the keyboard. Whether it was copied. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent.replace(/\s+/g, " ").trim());
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(document.getElementById(button.dataset.copy));
    button.textContent = copied ? button.dataset.done : button.dataset.selected;
  });
}
