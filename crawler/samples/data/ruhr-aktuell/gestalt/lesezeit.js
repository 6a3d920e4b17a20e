// Tells below the headline how long an article takes to read, at 200 words a minute.
const text = document.querySelector(".article-body, .field--body");
const line = document.querySelector(".byline, .meta");
if (text && line) {
  const words = text.textContent.trim().split(/\s+/).length;
  line.insertAdjacentHTML("beforeend", ` <span class="lesezeit">· Lesezeit: ${Math.max(1, Math.round(words / 200))} Min.</span>`);
}
