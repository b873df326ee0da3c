// The keys of present mode: one step on, one step back, leave. It shows nothing, and it takes the
// buttons off the pictures.

const STEPS = {
  ArrowRight: "next", PageDown: "next", " ": "next", Enter: "next",
  ArrowLeft: "previous", PageUp: "previous", Backspace: "previous",
  Home: "first", End: "last", Escape: "leave",
};
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
  let pending = 0;
  const soon = () => {
    pending ||= setTimeout(tidy, 50); // a page arrives in many small changes
  };
  const tidy = () => {
    pending = 0;
    const shown = document.querySelector(".st-key-present_view");
    if (shown) bare(shown);
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
  const watch = new MutationObserver(soon);
  watch.observe(document.body, { childList: true, subtree: true });
  tidy();
  return {
    update: tidy,
    destroy() {
      stop.abort();
      clearTimeout(pending);
      watch.disconnect();
    },
  };
}

export default function (component) {
  return mounted(component, ["view"], listen);
}
