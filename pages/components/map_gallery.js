// The gallery of saliency maps: one tile for each method, the map over the picture, its deletion and
// insertion curve, and its cost; createMapGallery(element, data, on) knows no Streamlit. `data` is
// {key, height} and the parts maps and view (or null). A click makes a method one of the two that
// are compared: on({kind: "pick", method}).

const GALLERY_STYLE = `
.maps {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  position: relative; box-sizing: border-box; width: 100%; color: var(--ink);
  display: flex; flex-direction: column;
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px);
  font: 400 11px/1.35 var(--st-font, system-ui, sans-serif);
}
.maps * { box-sizing: border-box; }
.maps .bar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px;
  padding: 7px 10px; border-bottom: 1px solid var(--line); }
.maps label { display: inline-flex; align-items: center; gap: 6px; }
.maps input[type=range] { width: 92px; accent-color: var(--st-primary-color, #ff4b4b); }
.maps select, .maps .signs button { font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: 4px; padding: 2px 6px; cursor: pointer; }
.maps .signs { display: inline-flex; }
.maps .signs button:first-child { border-radius: 4px 0 0 4px; border-right: 0; }
.maps .signs button:last-child { border-radius: 0 4px 4px 0; }
.maps .signs button[aria-pressed=true] { background: var(--panel); font-weight: 600; }
.maps .scale { display: inline-flex; align-items: center; gap: 5px; margin-left: auto; }
.maps .scale i { width: 74px; height: 9px; border-radius: 2px; border: 1px solid var(--line); }
.maps .tiles { flex: 1; min-height: 0; overflow-y: auto; scrollbar-width: thin; padding: 8px;
  display: grid; grid-template-columns: repeat(auto-fill, minmax(108px, 1fr)); gap: 8px;
  align-content: start; }
.maps .tile { display: block; text-align: left; font: inherit; color: inherit; padding: 5px;
  background: none; border: 1px solid transparent; border-radius: 6px; cursor: pointer;
  min-width: 0; position: relative; }
.maps .tile:hover { background: var(--panel); }
.maps .tile:focus-visible, .maps select:focus-visible, .maps .signs button:focus-visible {
  outline: 2px solid var(--st-primary-color, #ff4b4b); outline-offset: 1px; }
.maps .tile.first { border-color: var(--first); box-shadow: inset 0 0 0 1px var(--first); }
.maps .tile.second { border-color: var(--second); box-shadow: inset 0 0 0 1px var(--second); }
.maps .tile canvas { display: block; width: 100%; aspect-ratio: 1; object-fit: contain;
  image-rendering: pixelated; border-radius: 3px; }
.maps .tile .none { display: flex; align-items: center; justify-content: center; width: 100%;
  aspect-ratio: 1; border-radius: 3px; background: var(--panel); text-align: center; padding: 4px;
  overflow: hidden; opacity: .85; }
.maps .tile b { display: block; font-weight: 600; margin-top: 4px; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.maps .tile .areas { display: flex; justify-content: space-between;
  font-variant-numeric: tabular-nums; }
.maps .tile small { display: block; font-size: 10px; opacity: .72; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
.maps .tile svg { display: block; width: 100%; height: 26px; margin: 2px 0; }
.maps .tile .badge { position: absolute; top: 9px; left: 9px; padding: 0 5px; border-radius: 3px;
  color: #fff; font-weight: 700; }
.maps .tile .part { position: absolute; top: 9px; right: 9px; padding: 0 4px; border-radius: 3px;
  background: var(--paper); color: var(--ink); opacity: .9; }
`;

const SORTS = [
  ["listed", "As listed"], ["deletion", "Deletion, lowest first"],
  ["insertion", "Insertion, highest first"], ["seconds", "Seconds, fewest first"],
];

function createMapGallery(element, data, on) {
  const gallery = new MapGallery(element, data, on);
  gallery.update(data);
  return gallery;
}

class MapGallery {
  constructor(element, data, on) {
    this.on = on;
    this.parts = { maps: null, view: null };
    this.sort = "listed";
    this.root = element.appendChild(newElement("div", "maps"));
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Saliency maps of the picked image");
    const style = newElement("style");
    style.textContent = GALLERY_STYLE;
    this.tiles = newElement("div", "tiles");
    this.root.append(style, this.bar(), this.tiles);
    this.looked = () => this.repaint();
    window.addEventListener(LOOK, this.looked);
  }

  bar() {
    const bar = newElement("div", "bar");
    const opacity = newElement("label", "", "Map");
    this.slider = newElement("input");
    Object.assign(this.slider, { type: "range", min: 0, max: 100, step: 5, title: "Opacity of the map" });
    this.slider.value = 100 * saliencyLook().opacity;
    this.slider.setAttribute("aria-label", "Opacity of the map over the picture, per cent");
    this.slider.addEventListener("input", () => setSaliencyLook({ opacity: this.slider.value / 100 }));
    opacity.append(this.slider);
    const signs = newElement("span", "signs");
    this.signs = [["Signed", false, "For and against the class"], ["Positive", true, "Only what speaks for the class"]].map(([word, positive, title]) => {
      const button = newElement("button", "", word);
      button.type = "button";
      button.title = title;
      button.addEventListener("click", () => setSaliencyLook({ positive }));
      signs.append(button);
      return [button, positive];
    });
    const sort = newElement("select");
    sort.setAttribute("aria-label", "Order of the methods");
    for (const [value, words] of SORTS) {
      const option = newElement("option", "", words);
      option.value = value;
      sort.append(option);
    }
    sort.addEventListener("change", () => {
      this.sort = sort.value;
      this.draw();
    });
    const scale = newElement("span", "scale");
    this.against = newElement("span", "", "against");
    this.ramp = newElement("i");
    scale.append(this.against, this.ramp, newElement("span", "", "for the class"));
    scale.title = "Each map is divided by its own largest size; the colours are the same for all";
    bar.append(opacity, signs, sort, scale);
    return bar;
  }

  update(data) {
    if (data.height) this.root.style.maxHeight = `${data.height}px`;
    const changed = ["maps", "view"].filter((part) => part in data && data[part] !== this.parts[part]);
    for (const part of changed) this.parts[part] = data[part];
    if (changed.length) this.draw();
  }

  order() {
    const { methods } = this.parts.maps;
    const places = methods.map((_, place) => place);
    if (this.sort === "listed") return places;
    const up = this.sort === "insertion" ? -1 : 1;
    const value = (place) => methods[place][this.sort] ?? up * Infinity;
    return places.sort((a, b) => up * value(a) - up * value(b) || a - b);
  }

  draw() {
    const { maps, view } = this.parts;
    this.root.dataset.maps = maps ? maps.methods.filter((one) => one.drawn).length : 0;
    this.root.dataset.done = maps ? maps.methods.filter((one) => one.drawn && one.share === 1).length : 0;
    if (!maps) return this.tiles.replaceChildren();
    this.root.style.setProperty("--first", maps.pair[0]);
    this.root.style.setProperty("--second", maps.pair[1]);
    const focused = this.root.getRootNode().activeElement?.dataset?.method;
    this.canvases = [];
    this.tiles.replaceChildren(...this.order().map((place) => this.tile(place, view ?? {})));
    if (focused) this.tiles.querySelector(`[data-method="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.repaint();
  }

  tile(place, { first, second }) {
    const method = this.parts.maps.methods[place];
    const chosen = method.name === first ? "first" : method.name === second ? "second" : "";
    const tile = newElement("button", `tile ${chosen}`);
    tile.type = "button";
    tile.dataset.method = method.name;
    tile.setAttribute("aria-pressed", String(chosen !== ""));
    if (method.drawn) {
      const canvas = newElement("canvas");
      this.canvases.push([canvas, place]);
      tile.append(canvas);
      if (method.flat) tile.append(newElement("span", "part", "flat"));
      if (method.share < 1) tile.append(newElement("span", "part", `${Math.floor(100 * method.share)} %`));
    } else {
      tile.append(newElement("span", "none", method.note));
    }
    if (chosen) {
      const badge = newElement("span", "badge", chosen === "first" ? "A" : "B");
      badge.style.background = `var(--${chosen})`;
      tile.append(badge);
    }
    tile.append(newElement("b", "", method.words), this.areas(method));
    if (method.deletion !== null) tile.append(this.curves(place));
    tile.append(newElement("small", "", method.cost));
    tile.title = [method.words, method.note, method.cost].filter(Boolean).join("\n");
    tile.addEventListener("click", () => this.on({ kind: "pick", method: method.name }));
    return tile;
  }

  areas(method) {
    const line = newElement("span", "areas");
    if (method.deletion === null) return line;
    const deletion = newElement("span", "", `↓ ${method.deletion.toFixed(3)}`);
    const insertion = newElement("span", "", `↑ ${method.insertion.toFixed(3)}`);
    deletion.title = "Deletion area of this image; lower is better";
    insertion.title = "Insertion area of this image; higher is better";
    line.append(deletion, insertion);
    return line;
  }

  curves(place) {
    const { deletion, insertion, steps } = this.parts.maps;
    const svg = newShape("svg", { viewBox: "0 0 100 26", preserveAspectRatio: "none", "aria-hidden": "true" });
    const y = (value) => 25 - 24 * value;
    svg.append(newShape("line", { x1: 0, x2: 100, y1: 25, y2: 25, stroke: "currentColor", "stroke-opacity": 0.25 }));
    for (const [values, dash] of [[deletion, "none"], [insertion, "3 2"]]) {
      svg.append(newShape("polyline", {
        points: curvePoints(values, place * steps, steps, (share) => 100 * share, y),
        fill: "none", stroke: "currentColor", "stroke-width": 1.3, "stroke-dasharray": dash,
        "stroke-opacity": dash === "none" ? 0.95 : 0.6, "vector-effect": "non-scaling-stroke",
      }));
    }
    return svg;
  }

  repaint() {
    const { maps } = this.parts;
    const { opacity, positive } = saliencyLook();
    this.slider.value = 100 * opacity;
    for (const [button, value] of this.signs) button.setAttribute("aria-pressed", String(value === positive));
    if (!maps) return;
    const css = (color) => `rgb(${color.join(" ")})`;
    const { against, zero, for: towards } = maps.ramp;
    this.against.textContent = positive ? "nothing" : "against";
    this.ramp.style.background = `linear-gradient(90deg, ${(positive ? [zero, towards] : [against, zero, towards]).map(css).join(", ")})`;
    for (const [canvas, place] of this.canvases) {
      paintOverlay(canvas, maps.picture, maps.shape, maps.maps, place, maps.ramp);
    }
  }

  destroy() {
    window.removeEventListener(LOOK, this.looked);
    this.root.remove();
  }
}

export default function (component) {
  return mounted(component, ["maps", "view"], createMapGallery);
}
