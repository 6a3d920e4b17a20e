// The arrow keys lead to the capture before and after, where nothing is being typed.
const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;
addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || typing(event.target)) return;
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = rel && document.querySelector(`a[rel="${rel}"]`);
  if (link) link.click();
});
