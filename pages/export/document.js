// The offline file: mounts each component when it comes into sight, and lets it go when it has
// left; colours follow the reader's light or dark theme; a mark of a chart says what it is.
// PROGRAMS (by name: a function that returns the component's entry) stands before this text.

const held = (id) => JSON.parse(document.getElementById(id).textContent);
const PARTS = held("parts");
const MOUNTS = held("mounts");
const BLOBS = held("blobs");
const DARK = held("dark"); // a colour of the light theme -> the same of the dark one
const TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array };
const unpackedBlobs = new Map();
const dark = matchMedia("(prefers-color-scheme: dark)");

async function blob(place) {
  if (!unpackedBlobs.has(place)) {
    const bytes = Uint8Array.from(atob(BLOBS[place]), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    unpackedBlobs.set(place, new Response(stream).arrayBuffer());
  }
  return unpackedBlobs.get(place);
}

// The value with every colour of the light theme in it replaced, if the theme is dark.
function themed(value) {
  if (!dark.matches) return value;
  if (typeof value === "string") return DARK[value.toLowerCase()] ?? value;
  if (Array.isArray(value)) return value.map(themed);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, themed(inner)]));
  }
  return value;
}

async function putParts(key, owner) {
  for (const part of PARTS.filter((one) => one.key === key)) {
    const arrays = {};
    for (const [name, [type, place, length]] of Object.entries(part.arrays)) {
      arrays[name] = new TYPES[type](await blob(place), 0, length);
    }
    darkroomParts().put(key, part.part, { ...themed(part.meta), ...arrays }, owner);
  }
}

async function mount(place) {
  if (place.release || place.busy) return;
  place.busy = true;
  const { name, data } = MOUNTS[Number(place.dataset.mount)];
  const element = document.createElement("div");
  const root = element.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
  await putParts(data.key, root);
  place.replaceChildren(element);
  const gone = PROGRAMS[name]()({ data, key: data.key, parentElement: root, setStateValue() {} });
  place.release = () => {
    place.style.minHeight = `${place.offsetHeight}px`;
    element.remove();
    gone?.();
    place.release = null;
  };
  place.busy = false;
}

// A browser gives sixteen WebGL pictures at most: those far away are let go.
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) mount(target);
      else target.release?.();
    }
  },
  { rootMargin: "600px 0px" },
);
for (const place of document.querySelectorAll(".mount")) near.observe(place);

const PAINTED = ["fill", "stroke", "stop-color"];
function paintCharts() {
  for (const element of document.querySelectorAll("figure.chart svg *")) {
    for (const name of PAINTED) {
      const light = element.dataset[`light${name}`] ?? element.getAttribute(name);
      if (!light) continue;
      element.dataset[`light${name}`] = light;
      element.setAttribute(name, themed(light));
    }
  }
}

// Our own pieces of HTML colour a few words by hand.
function paintWords() {
  for (const element of document.querySelectorAll("[style*='#']")) {
    element.dataset.lightStyle ??= element.getAttribute("style");
    const painted = element.dataset.lightStyle.replace(/#[0-9a-f]{6}/gi, themed);
    element.setAttribute("style", painted);
  }
}
paintCharts();
paintWords();
dark.addEventListener("change", () => {
  paintCharts();
  paintWords();
  for (const place of document.querySelectorAll(".mount")) {
    if (place.release) {
      place.release();
      mount(place);
    }
  }
});

const told = document.body.appendChild(document.createElement("div"));
told.className = "told";
told.hidden = true;
document.addEventListener("pointermove", ({ target, clientX, clientY }) => {
  const mark = target.closest?.("figure.chart svg [role=graphics-symbol][aria-label]");
  told.hidden = !mark;
  if (!mark) return;
  told.textContent = mark.getAttribute("aria-label");
  told.style.left = `${Math.min(clientX + 12, innerWidth - told.offsetWidth - 8)}px`;
  told.style.top = `${clientY + 14}px`;
});
document.documentElement.dataset.ready = "yes";
