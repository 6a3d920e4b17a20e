// Choosing a span of time on the bars of a plot: by drawing over them with mouse or finger, or with arrow keys
// (Shift extends) and Enter. Each bar is a link, so that without this a click on one chooses it alone.

const FAR = 4; // pixels between a click and the beginning of a span

/** Bars are links with data-since and data-until, fields of the form by name; data-first and -last say them. */
export function brush(svg, form) {
  const bars = [...svg.querySelectorAll("a[data-since]")];
  const shade = svg.querySelector(".brushed");
  const told = svg.closest("section").querySelector(".brushing");
  const hint = told.textContent;
  let from = null; // where a span began: the number of a bar
  let pressed = null; // where the pointer went down, in pixels
  told.hidden = false;
  // One stop of the Tab key, within which arrow keys go from bar to bar.
  bars.forEach((bar, number) => bar.setAttribute("tabindex", number ? -1 : 0));

  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const number = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
    return Math.max(0, Math.min(number, bars.length - 1));
  };
  const span = (a, b) => [bars[Math.min(a, b)].dataset.since, bars[Math.max(a, b)].dataset.until];
  const said = (a, b) => [bars[Math.min(a, b)].dataset.first, bars[Math.max(a, b)].dataset.last];
  const paint = (a, b) => {
    const [since, until] = said(a, b);
    shade.setAttribute("x", `${(Math.min(a, b) / bars.length) * 100}%`);
    shade.setAttribute("width", `${((Math.abs(a - b) + 1) / bars.length) * 100}%`);
    told.textContent = svg.dataset.chosen.replace("{since}", since).replace("{until}", until);
  };
  const clear = () => {
    from = pressed = null;
    shade.setAttribute("width", 0);
    told.textContent = hint;
  };
  const submit = (a, b) => {
    [form.elements.since.value, form.elements.until.value] = span(a, b);
    form.requestSubmit();
  };

  svg.addEventListener("dragstart", (event) => event.preventDefault()); // of the links
  svg.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    clear();
    pressed = event.clientX;
  });
  svg.addEventListener("pointermove", (event) => {
    if (pressed === null) return;
    if (from === null && Math.abs(event.clientX - pressed) >= FAR) {
      from = at({ clientX: pressed });
      svg.setPointerCapture(event.pointerId);
    }
    if (from !== null) paint(from, at(event));
  });
  svg.addEventListener("pointerup", (event) => {
    const begun = from;
    pressed = from = null;
    if (begun === null) return; // a click, which the link takes
    svg.addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
    submit(begun, at(event));
  });
  svg.addEventListener("pointercancel", clear);

  svg.addEventListener("keydown", (event) => {
    const here = bars.indexOf(document.activeElement);
    if (here < 0) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -here, End: bars.length - 1 - here }[event.key];
    if (step !== undefined) {
      const next = Math.max(0, Math.min(here + step, bars.length - 1));
      if (!event.shiftKey) clear();
      else if (from === null) from = here;
      if (from !== null) paint(from, next);
      bars[here].setAttribute("tabindex", -1);
      bars[next].setAttribute("tabindex", 0);
      bars[next].focus();
      event.preventDefault();
    } else if (event.key === "Enter" && from !== null) {
      event.preventDefault();
      submit(from, here);
    } else if (event.key === "Escape") {
      clear();
    }
  });
}
