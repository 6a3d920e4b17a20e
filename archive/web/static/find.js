// The search page: what takes longer than the search itself is fetched beside it. Without JavaScript, a link
// shows the same within the page.
import { brush } from "./brush.js";

const form = document.getElementById("ask");
form.addEventListener("formdata", ({ formData }) => {
  // A URL that people pass on names only what was asked for.
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

const timeline = document.getElementById("timeline");
if (timeline?.dataset.beside) {
  const waiting = timeline.querySelector(".waiting");
  waiting.hidden = false;
  try {
    const response = await fetch(timeline.dataset.beside);
    if (!response.ok) throw new Error(response.status);
    const parts = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of parts.body.children) {
      document.getElementById(part.id)?.replaceChildren(...part.childNodes);
    }
  } catch {
    waiting.textContent = timeline.dataset.failed;
  }
}
for (const svg of document.querySelectorAll("svg[data-brush]")) brush(svg, form);
