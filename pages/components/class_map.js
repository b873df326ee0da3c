// The map of classes: createClassMap(element, data, on) knows no Streamlit; the last function of
// the file is the adapter that does. `data` is {key, height} and the parts classes and view.

const GLIDE_MS = 900;
const MOST_CLASS_ZOOM = 60;

function createClassMap(element, data, on) {
  const map = new ClassMap(element, data, on);
  map.update(data);
  return map;
}

class ClassMap {
  constructor(element, data, on) {
    this.key = data.key;
    this.on = on;
    this.hovered = -1;
    this.sight = new Set(); // places of the classes that the list has in sight
    this.share = 1; // of the way from the layer before to the one shown
    this.root = element.appendChild(document.createElement("div"));
    this.root.className = "classmap";
    const style = document.createElement("style");
    style.textContent = CLASS_MAP_STYLE;
    const stage = document.createElement("div");
    stage.className = "stage";
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true }); // by the processor
    this.status = document.createElement("div");
    this.status.className = "status";
    const tools = document.createElement("div");
    tools.className = "tools";
    const tool = (sign, title, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.title = title;
      button.addEventListener("click", act);
      return button;
    };
    tools.append(
      tool("+", "Zoom in", () => this.zoom(1.5)),
      tool("−", "Zoom out", () => this.zoom(1 / 1.5)),
      tool("⤢", "Show all classes", () => this.fit()),
    );
    stage.append(this.canvas, this.status, tools);
    this.stage = stage;
    this.probe = document.createElement("div");
    this.probe.className = "probe";
    this.root.append(style, stage, this.probe);
    this.minimap = new Minimap(this.root, (layer) => this.go(layer));
    this.listen();
  }

  get box() {
    return [this.stage.clientWidth, this.stage.clientHeight];
  }

  get zoomed() {
    return this.frame.scale / this.fitted().scale;
  }

  listen() {
    this.stopListening = new AbortController();
    const { signal } = this.stopListening;
    this.resizing = new ResizeObserver(() => {
      if (this.fits) this.frame = null;
      this.later();
    });
    this.resizing.observe(this.stage);
    this.probe.addEventListener("transitionend", () => this.later()); // another theme
    listenToClassMap(this);
    window.addEventListener("darkroom:class", ({ detail }) => {
      if (detail.source === this.key || detail.study !== this.view?.study) return;
      this.hovered = this.placeOf(detail.class);
      this.later();
    }, { signal });
    window.addEventListener("darkroom:sight", ({ detail }) => {
      if (detail.study !== this.view?.study) return;
      this.sight = new Set(detail.classes.map((number) => this.placeOf(number)).filter((i) => i >= 0));
      this.later();
    }, { signal });
  }

  update(data) {
    if (data.height) this.root.style.height = `${data.height}px`;
    if ("classes" in data && data.classes !== this.classes) {
      this.classes = data.classes;
      this.numbered = new Map(Array.from(this.classes?.ids ?? [], (number, i) => [number, i]));
      this.frame = null;
      this.fits = true;
      if (this.classes) this.minimap.build(this.classes.layers, this.classes.channels);
    }
    if ("view" in data && data.view) {
      const before = this.view?.layer;
      this.view = { ...data.view };
      if (before !== undefined && before !== this.view.layer) this.glide(before);
      if (before === undefined) window.dispatchEvent(new CustomEvent("darkroom:ask-sight"));
    }
    if (!this.classes || !this.view) return;
    this.minimap.mark(this.view.layer);
    this.say();
    this.later();
  }

  placeOf(number) {
    return number === null || number === undefined ? -1 : (this.numbered?.get(number) ?? -1);
  }

  say() {
    const { layers, names } = this.classes;
    const n = names.length.toLocaleString("en");
    this.status.textContent = `${n} classes, ${layers[this.view.layer]}`;
    this.canvas.setAttribute("aria-label",
      `Map of ${n} classes in layer ${layers[this.view.layer]}; the list below tells the same`);
  }

  // A layer chosen here: the points go at once, the page follows.
  go(layer) {
    if (!this.view || layer === this.view.layer) return;
    const before = this.view.layer;
    this.view.layer = layer;
    this.glide(before);
    this.minimap.mark(layer);
    this.say();
    this.on({ kind: "layer", value: layer });
  }

  glide(before) {
    this.from = this.share < 1 ? this.placesNow() : this.layerPlaces(before);
    this.frameFrom = this.fits ? this.frame : null; // a frame that the reader chose stays
    this.frameGoal = this.fits ? this.fitted() : null;
    this.began = performance.now();
    this.share = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : 0;
    if (this.share === 1 && this.frameGoal) this.frame = this.frameGoal;
    this.later();
  }

  get eased() {
    return this.share * this.share * (3 - 2 * this.share);
  }

  glideFrame() {
    const { frameFrom: from, frameGoal: goal, eased } = this;
    if (!from || !goal || !this.fits) return;
    const mix = (name) => from[name] + (goal[name] - from[name]) * eased;
    this.frame = { x: mix("x"), y: mix("y"), scale: Math.exp(
      Math.log(from.scale) + (Math.log(goal.scale) - Math.log(from.scale)) * eased,
    ) };
  }

  layerPlaces(layer) {
    const length = 2 * this.classes.ids.length;
    return this.classes.positions.subarray(layer * length, (layer + 1) * length);
  }

  placesNow() {
    const to = this.layerPlaces(this.view.layer);
    if (this.share >= 1 || !this.from) return to;
    const s = this.eased;
    return to.map((value, i) => this.from[i] + (value - this.from[i]) * s);
  }

  // The frame that holds the classes of the layer shown.
  fitted() {
    const positions = this.layerPlaces(this.view.layer);
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < positions.length; i += 2) {
      left = Math.min(left, positions[i]);
      right = Math.max(right, positions[i]);
      bottom = Math.min(bottom, positions[i + 1]);
      top = Math.max(top, positions[i + 1]);
    }
    const [width, height] = this.box;
    const scale = Math.min(
      Math.max(40, width - 90) / (right - left || 1),
      Math.max(40, height - 50) / (top - bottom || 1),
    );
    return { x: (left + right) / 2 + 8 / scale, y: (bottom + top) / 2 - 6 / scale, scale };
  }

  fit() {
    this.frame = null;
    this.fits = true;
    this.later();
  }

  pan(dx, dy) {
    if (!this.frame) return;
    this.fits = false;
    this.frame.x -= dx / this.frame.scale;
    this.frame.y += dy / this.frame.scale;
    this.later();
  }

  zoom(factor, x = this.box[0] / 2, y = this.box[1] / 2) {
    if (!this.frame) return;
    const [width, height] = this.box;
    const { frame } = this;
    const fit = this.fitted().scale;
    const scale = Math.max(fit / 2, Math.min(fit * MOST_CLASS_ZOOM, frame.scale * factor));
    const [dx, dy] = [x - width / 2, height / 2 - y];
    frame.x += dx / frame.scale - dx / scale;
    frame.y += dy / frame.scale - dy / scale;
    frame.scale = scale;
    this.fits = false;
    this.later();
  }

  later() {
    this.pending ??= requestAnimationFrame((now) => {
      this.pending = null;
      if (this.share < 1) {
        this.share = Math.min(1, Math.max(0, now - this.began) / GLIDE_MS);
        this.glideFrame();
        this.later();
      }
      this.draw();
    });
  }

  hover(place) {
    if (place === this.hovered) return;
    this.hovered = place;
    this.canvas.classList.toggle("over", place >= 0);
    this.canvas.title = place < 0 ? "" : this.classes.names[place];
    const number = place < 0 ? null : this.classes.ids[place];
    const detail = { study: this.view.study, class: number, source: this.key };
    window.dispatchEvent(new CustomEvent("darkroom:class", { detail }));
    this.later();
  }

  pick(place, second) {
    if (place < 0) return;
    const number = this.classes.ids[place];
    this.view[second ? "second" : "picked"] = number;
    this.later();
    this.on({ kind: second ? "second" : "pick", value: number });
  }

  destroy() {
    cancelAnimationFrame(this.pending);
    this.resizing.disconnect();
    this.stopListening.abort();
    this.root.remove();
  }
}

Object.assign(ClassMap.prototype, CLASS_MAP_DRAWING);

// Pointer, wheel and keys on the map's canvas.
function listenToClassMap(map) {
  const { canvas } = map;
  let held = null;
  let moved = 0;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const near = ([x, y]) => {
    let [best, least] = [-1, 10 * 10];
    const { places } = map;
    for (let i = 0; places && 2 * i < places.length; i++) {
      const away = (places[2 * i] - x) ** 2 + (places[2 * i + 1] - y) ** 2;
      if (away < least) [best, least] = [i, away];
    }
    return best;
  };
  const listeners = {
    pointerdown(event) {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      [held, moved] = [place(event), 0];
    },
    pointermove(event) {
      const at = place(event);
      if (!held) return map.hover(near(at));
      const step = [at[0] - held[0], at[1] - held[1]];
      if (moved + Math.hypot(...step) < 4) return undefined; // still a click
      moved += Math.hypot(...step);
      held = at;
      canvas.classList.add("dragging");
      return map.pan(...step);
    },
    pointerup(event) {
      if (held && moved < 4) map.pick(near(place(event)), event.altKey);
      held = null;
      canvas.classList.remove("dragging");
    },
    pointercancel() {
      held = null;
    },
    pointerleave: () => held ?? map.hover(-1),
    dblclick: () => map.fit(),
    wheel(event) {
      event.preventDefault();
      map.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 16 : 1) * 0.0015), ...place(event));
    },
    keydown(event) {
      const arrows = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "+" || event.key === "=") map.zoom(1.5);
      else if (event.key === "-") map.zoom(1 / 1.5);
      else if (event.key === "0") map.fit();
      else if (arrows[event.key]) map.pan(...arrows[event.key]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  };
  for (const [name, listener] of Object.entries(listeners)) {
    canvas.addEventListener(name, listener, { passive: false });
  }
}

export default function (component) {
  return mounted(component, ["classes", "view"], createClassMap);
}
