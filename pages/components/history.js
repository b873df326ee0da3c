// One entry of the browser's history for one act of the reader. Streamlit pushes an entry for a
// page's path and another for its words, in an order that depends on how fast the server answers:
// the way back would stop at a page that has lost its view. What is pushed before the reader has
// acted again belongs to the entry that stands.

const KEPT = Symbol.for("darkroom.history");

function keep() {
  window[KEPT] = true;
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  let acted = true; // a click may have brought this page here
  for (const type of ["pointerdown", "keydown"]) {
    window.addEventListener(type, () => (acted = true), { capture: true, passive: true });
  }
  window.addEventListener("popstate", () => (acted = false));
  history.pushState = (...entry) => {
    (acted ? push : replace)(...entry);
    acted = false;
  };
}

export default function () {
  if (!window[KEPT]) keep();
}
