// Parallel coordinates of a code: createParallel(element, data, on) knows no Streamlit; the last
// function of the file is the adapter that does. `data` is {key, height} and the parts axes, lines,
// pictures, ends and view (or null).
// Events: {kind: "drag", axis, value, final}, "brush" {axis, low, high}, "unbrush" {axis},
// "lock" {axis}, "reset".

const PARALLEL_STYLE = `
.parallel {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  --band: #6db3e8; --own: #d64545; --other: #e08a1e; --way: #3b76c4;
  position: relative; box-sizing: border-box; width: 100%; color: var(--ink); display: flex;
  gap: 10px; border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px);
  padding: 8px; font: 400 11px/1.3 var(--st-font, system-ui, sans-serif); overflow: hidden;
}
.parallel * { box-sizing: border-box; }
.parallel .side { flex: none; width: 84px; display: flex; flex-direction: column; gap: 6px; }
.parallel figure { margin: 0; }
.parallel figcaption { opacity: .75; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.parallel canvas { display: block; image-rendering: pixelated; background: var(--panel); }
.parallel .side canvas { width: 84px; height: 84px; border-radius: 4px; object-fit: contain; }
.parallel .side button { font: inherit; color: inherit; cursor: pointer; padding: 3px 6px;
  border: 1px solid var(--line); border-radius: 6px; background: transparent; }
.parallel .side button:disabled { opacity: .4; cursor: default; }
.parallel .plot { position: relative; flex: 1; min-width: 0; overflow-x: auto; overflow-y: hidden; }
.parallel svg { display: block; touch-action: none; user-select: none; }
.parallel .axis { stroke: var(--ink); stroke-opacity: .45; stroke-width: 1; }
.parallel .field { fill: transparent; cursor: crosshair; }
.parallel .band { fill: var(--band); fill-opacity: .3; }
.parallel .range { fill: var(--band); fill-opacity: .75; pointer-events: none; }
.parallel .brushing { fill: var(--way); fill-opacity: .4; pointer-events: none; }
.parallel .own { fill: none; stroke: var(--way); stroke-width: 1.6; pointer-events: none; }
.parallel .moved { fill: none; stroke: var(--own); stroke-width: 1.3; stroke-dasharray: 4 3;
  pointer-events: none; }
.parallel .second { fill: none; stroke: var(--other); stroke-width: 1.6; pointer-events: none; }
.parallel .dot { fill: var(--other); pointer-events: none; }
.parallel .handle { fill: var(--own); stroke: var(--paper); stroke-width: 1; cursor: ns-resize;
  outline: none; }
.parallel .handle:focus-visible { stroke: var(--ink); stroke-width: 2.5; }
.parallel .handle.locked { cursor: not-allowed; fill: var(--ink); fill-opacity: .55; }
.parallel .lock { cursor: pointer; fill: none; stroke: var(--ink); stroke-opacity: .35;
  stroke-width: 1.2; outline: none; }
.parallel .lock.locked { stroke-opacity: 1; fill: var(--ink); }
.parallel .lock:focus-visible, .parallel .lock:hover { stroke-opacity: 1; stroke: var(--way); }
.parallel text { fill: var(--ink); font: inherit; text-anchor: middle; }
.parallel .faint { opacity: .6; font-size: 10px; }
.parallel .meter { fill: var(--ink); fill-opacity: .14; }
.parallel .meter.full { fill: var(--way); fill-opacity: .85; }
`;

const END = 30; // side of the pictures at both ends of an axis
const TOP = 18 + END; // above an axis: its name and a picture
const BELOW = END + 34; // below it: a picture, its lock, and how much it changes the teacher
const NARROWEST = 44; // between two axes
const EVERY = 100; // milliseconds between two values while dragging: at most ten a second

function createParallel(element, data, on) {
  const plot = new Parallel(element, data, on);
  plot.update(data);
  return plot;
}

class Parallel {
  constructor(element, data, on) {
    this.on = on;
    this.parts = { axes: null, lines: null, pictures: null, ends: null, view: null };
    this.root = element.appendChild(newElement("div", "parallel"));
    const style = newElement("style");
    style.textContent = PARALLEL_STYLE;
    this.side = newElement("div", "side");
    this.plot = newElement("div", "plot");
    this.svg = newShape("svg", { role: "group", "aria-label": "Parallel coordinates" });
    this.plot.append(this.svg);
    this.root.append(style, this.side, this.plot);
    this.figures = ["image", "recons", "second"].map((name) => {
      const figure = newElement("figure", name);
      figure.append(newElement("canvas"), newElement("figcaption"));
      this.side.append(figure);
      return figure;
    });
    this.back = newElement("button", "reset", "Reset");
    this.back.title = "Put every handle back to the image's own code";
    this.back.addEventListener("click", () => {
      this.moved = null;
      this.draw();
      this.on({ kind: "reset" });
    });
    this.side.append(this.back);
    this.resizing = new ResizeObserver(() => this.later());
    this.resizing.observe(this.plot);
  }

  update(data) {
    if (data.height) this.height = data.height;
    for (const name of Object.keys(this.parts)) if (name in data) this.parts[name] = data[name];
    if ("lines" in data && !this.held) this.moved = data.lines?.moved?.slice() ?? null;
    if ("pictures" in data) this.paint();
    if (!this.held) this.later();
  }

  later() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.draw();
    });
  }

  paint() {
    const { pictures } = this.parts;
    if (!pictures) return;
    this.figures.forEach((figure, place) => {
      figure.hidden = place >= pictures.captions.length;
      if (figure.hidden) return;
      paintPicture(figure.firstChild, pictures.pixels, place, pictures.shape);
      figure.lastChild.textContent = pictures.captions[place];
      figure.lastChild.title = pictures.captions[place];
    });
    this.root.dataset.reconstructed = Number(this.root.dataset.reconstructed ?? 0) + 1;
  }

  // The code that the handles show: as dragged, else the image's own.
  get code() {
    return this.moved ?? this.parts.lines.code;
  }

  x(place) {
    return this.step * (place + 0.5);
  }

  y(axis, value) {
    const { low, high } = axis;
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return this.bottom - Math.max(-0.04, Math.min(1.04, share)) * (this.bottom - TOP);
  }

  value(axis, y) {
    const share = (this.bottom - y) / (this.bottom - TOP);
    return axis.low + Math.max(0, Math.min(1, share)) * (axis.high - axis.low);
  }

  draw() {
    const { axes, lines } = this.parts;
    this.back.disabled = !this.moved;
    if (!axes || !lines || !this.plot.clientWidth) return;
    const shown = axes.axes;
    const focused = this.svg.contains(document.activeElement) ? document.activeElement?.dataset : null;
    this.bottom = this.height - 18 - BELOW;
    this.step = Math.max(NARROWEST, this.plot.clientWidth / shown.length);
    const width = Math.floor(this.step * shown.length);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", this.height - 18);
    const nodes = [this.area(shown, lines)];
    shown.forEach((axis, place) => nodes.push(...this.axis(axis, place, lines)));
    const way = (code) => shown.map((axis, place) => `${this.x(place)},${this.y(axis, code[axis.place])}`).join(" ");
    if (lines.other) nodes.push(newShape("polyline", { class: "second", points: way(lines.other) }));
    nodes.push(newShape("polyline", { class: "own", points: way(lines.code) }));
    if (this.moved) nodes.push(newShape("polyline", { class: "moved", points: way(this.moved) }));
    shown.forEach((axis, place) => {
      if (lines.other) {
        nodes.push(newShape("circle", { class: "dot", r: 4, cx: this.x(place), cy: this.y(axis, lines.other[axis.place]) }));
      }
      nodes.push(this.handle(axis, place, lines));
    });
    this.svg.replaceChildren(...nodes);
    this.root.dataset.axes = shown.length;
    if (focused?.handle) this.svg.querySelector(`[data-handle="${focused.handle}"]`)?.focus();
    if (focused?.lock) this.svg.querySelector(`[data-lock="${focused.lock}"]`)?.focus();
  }

  area(shown, lines) {
    const at = (end) => shown.map((axis, place) => `${this.x(place)},${this.y(axis, lines.band[axis.place][end])}`);
    return newShape("polygon", { class: "band", points: [...at(1), ...at(0).reverse()].join(" ") });
  }

  axis(axis, place, lines) {
    const x = this.x(place);
    const nodes = [];
    const name = newShape("text", { x, y: 11, "data-together": axis.together }, `${axis.name}${axis.together ? "*" : ""}`);
    name.append(newShape("title", {}, axis.words));
    nodes.push(name, newShape("line", { class: "axis", x1: x, x2: x, y1: TOP, y2: this.bottom }));
    const field = newShape("rect", {
      class: "field", x: x - 15, width: 30, y: TOP - 4, height: this.bottom - TOP + 8, "data-field": axis.dimension,
    });
    field.append(newShape("title", {}, `${axis.words}. Draw along the axis to set its range; click a set range to take it away.`));
    field.addEventListener("pointerdown", (event) => this.brush(event, axis));
    const [low, high] = lines.band[axis.place];
    if (lines.brushed.includes(axis.dimension)) {
      nodes.push(newShape("rect", {
        class: "range", x: x - 5, width: 10, y: this.y(axis, high), height: Math.max(2, this.y(axis, low) - this.y(axis, high)),
        "data-range": axis.dimension,
      }));
    }
    nodes.push(field);
    if (this.parts.ends) {
      nodes.push(this.end(axis, place, 1, x, TOP - END - 5), this.end(axis, place, 0, x, this.bottom + 5));
    }
    nodes.push(this.lock(axis, x, lines));
    if (axis.influence !== null) {
      const y = this.bottom + END + 26;
      const side = Math.min(34, this.step - 10);
      const full = newShape("rect", { class: "meter full", x: x - side / 2, y, height: 4, rx: 2, width: Math.max(1, side * axis.influence) });
      full.append(newShape("title", {}, axis.words));
      nodes.push(newShape("rect", { class: "meter", x: x - side / 2, y, height: 4, rx: 2, width: side }), full);
    }
    return nodes;
  }

  end(axis, place, which, x, y) {
    const { ends } = this.parts;
    this.images ??= new Map();
    const number = 2 * place + which;
    if (this.imagesOf !== ends) {
      this.images.clear();
      this.imagesOf = ends;
    }
    if (!this.images.has(number)) {
      const canvas = newElement("canvas");
      paintPicture(canvas, ends.pixels, number, ends.shape);
      this.images.set(number, canvas.toDataURL());
    }
    const side = Math.min(END, this.step - 6);
    const image = newShape("image", {
      href: this.images.get(number), x: x - side / 2, y, width: side, height: side, style: "image-rendering: pixelated",
    });
    image.append(newShape("title", {}, `The reconstruction with ${axis.name} at its ${which ? "largest" : "smallest"} value`));
    return image;
  }

  lock(axis, x, lines) {
    const locked = lines.locked.includes(axis.dimension);
    const y = this.bottom + END + 10;
    const open = locked ? `M${x - 3} ${y + 4}v-3a3 3 0 0 1 6 0v3` : `M${x - 3} ${y + 4}v-4a3 3 0 0 1 6 0`;
    const path = newShape("path", {
      class: `lock${locked ? " locked" : ""}`, d: `${open}M${x - 5} ${y + 4}h10v7h-10z`, tabindex: 0, role: "button",
      "aria-pressed": locked, "aria-label": `Lock ${axis.name}`, "data-lock": axis.dimension, "pointer-events": "bounding-box",
    });
    path.append(newShape("title", {}, locked ? `${axis.name} stays as the image has it; click to free it` : `Keep ${axis.name} as the image has it`));
    const press = () => this.on({ kind: "lock", axis: axis.dimension });
    path.addEventListener("click", press);
    path.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      press();
    });
    return path;
  }

  handle(axis, place, lines) {
    const locked = lines.locked.includes(axis.dimension);
    const value = this.code[axis.place];
    const y = this.y(axis, value);
    const rect = newShape("rect", {
      class: `handle${locked ? " locked" : ""}`, x: this.x(place) - 6, y: y - 6, width: 12, height: 12, rx: 2, tabindex: 0,
      role: "slider", "aria-orientation": "vertical", "aria-label": axis.name, "aria-valuemin": axis.low.toFixed(2),
      "aria-valuemax": axis.high.toFixed(2), "aria-valuenow": value.toFixed(2), "data-handle": axis.dimension,
    });
    rect.append(newShape("title", {}, `${axis.name} = ${value.toFixed(2)}: drag to see what it does`));
    if (locked) return rect;
    rect.addEventListener("pointerdown", (event) => this.drag(event, axis));
    rect.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 0.02, ArrowDown: -0.02, PageUp: 0.1, PageDown: -0.1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const to = this.code[axis.place] + step * (axis.high - axis.low);
      this.move(axis, Math.max(axis.low, Math.min(axis.high, to)), true);
    });
    return rect;
  }

  // Moves a handle here at once, and tells it at most ten times a second.
  move(axis, value, final) {
    this.moved ??= [...this.parts.lines.code];
    this.moved[axis.place] = value;
    this.draw();
    const tell = () => {
      this.told = performance.now();
      this.on({ kind: "drag", axis: axis.dimension, value: this.moved?.[axis.place] ?? value, final });
    };
    clearTimeout(this.telling);
    const wait = EVERY - (performance.now() - (this.told ?? 0));
    if (final || wait <= 0) tell();
    else this.telling = setTimeout(tell, wait);
  }

  drag(event, axis) {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    this.held = true;
    this.svg.querySelector(`[data-handle="${axis.dimension}"]`)?.focus();
    const top = () => this.svg.getBoundingClientRect().top;
    const move = (moved) => this.move(axis, this.value(axis, moved.clientY - top()), false);
    this.follow(move, (last) => {
      this.held = false;
      this.move(axis, this.value(axis, last.clientY - top()), true);
    });
  }

  brush(event, axis) {
    if (event.button) return;
    event.preventDefault();
    const place = this.parts.axes.axes.indexOf(axis);
    const box = this.svg.getBoundingClientRect();
    const from = event.clientY - box.top;
    const rect = newShape("rect", { class: "brushing", x: this.x(place) - 6, width: 12, y: from, height: 0 });
    this.svg.append(rect);
    this.held = true;
    const move = ({ clientY }) => {
      const y = Math.max(TOP, Math.min(this.bottom, clientY - this.svg.getBoundingClientRect().top));
      rect.setAttribute("y", Math.min(from, y));
      rect.setAttribute("height", Math.abs(y - from));
    };
    this.follow(move, ({ clientY }) => {
      this.held = false;
      const to = clientY - this.svg.getBoundingClientRect().top;
      rect.remove();
      const ends = [this.value(axis, from), this.value(axis, to)].sort((a, b) => a - b);
      if (Math.abs(to - from) > 4) this.on({ kind: "brush", axis: axis.dimension, low: ends[0], high: ends[1] });
      else if (this.parts.lines.brushed.includes(axis.dimension)) this.on({ kind: "unbrush", axis: axis.dimension });
      this.later();
    });
  }

  // Follows the pointer until it is released, wherever that happens.
  follow(move, end) {
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener("pointermove", move, { signal });
    const finish = (event) => {
      stop.abort();
      end(event);
    };
    window.addEventListener("pointerup", finish, { signal });
    window.addEventListener("pointercancel", finish, { signal });
  }

  destroy() {
    clearTimeout(this.telling);
    cancelAnimationFrame(this.pending);
    this.resizing.disconnect();
    this.root.remove();
  }
}

export default function (component) {
  return mounted(component, ["axes", "lines", "pictures", "ends", "view"], createParallel);
}
