// The keys of present mode: one step on, one step back, leave. It shows nothing, and it sizes the
// view so that a step fits the screen whatever its size.

const STEPS = {
  ArrowRight: "next", PageDown: "next", " ": "next", Enter: "next",
  ArrowLeft: "previous", PageUp: "previous", Backspace: "previous",
  Home: "first", End: "last", Escape: "leave",
};
const DESIGNED = 800; // pixels that the first screen of a page's view takes
const SMALLEST = 0.6;
const LARGEST = 1.8;
const BARE = ".tools { display: none !important; }"; // a picture's own buttons

// Hides the buttons of every picture in the view; pictures live in shadow trees.
function bare(view) {
  for (const { shadowRoot: root } of view.querySelectorAll("*")) {
    if (!root || root.querySelector("style.bare")) continue;
    const style = document.createElement("style");
    style.className = "bare";
    style.textContent = BARE;
    root.append(style);
  }
}

function listen(element, data, send) {
  const stop = new AbortController();
  const view = () => document.querySelector(".st-key-present_view");
  const fit = () => {
    const shown = view();
    if (!shown) return;
    const top = document.querySelector(".st-key-present_head")?.getBoundingClientRect().height ?? 0;
    const room = (window.innerHeight - top) / DESIGNED;
    bare(shown);
    shown.style.zoom = String(Math.min(Math.max(room, SMALLEST), LARGEST));
  };
  const pressed = (event) => {
    const to = STEPS[event.key];
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    // A picture's own keys, and those of the page's hidden buttons, must not see it.
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === "keydown" && !event.repeat) send({ kind: to });
  };
  for (const type of ["keydown", "keyup"]) {
    window.addEventListener(type, pressed, { capture: true, signal: stop.signal });
  }
  window.addEventListener("resize", fit, { signal: stop.signal });
  const watch = new MutationObserver(fit);
  watch.observe(document.body, { childList: true, subtree: true });
  fit();
  return {
    update: fit,
    destroy() {
      stop.abort();
      watch.disconnect();
    },
  };
}

export default function (component) {
  return mounted(component, ["view"], listen);
}
