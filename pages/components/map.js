// The map: createMap(element, data, on) ties renderer, input, card, legend and timeline together
// and knows no Streamlit; the last function of the file is the adapter that does.
// `data` is {key, height} and the parts positions, colors, labels, masks, landscape, land, tracks,
// view (or null).

const MAP_PARTS = ["positions", "colors", "labels", "masks", "landscape", "land", "tracks", "view"];
const FEW_CATEGORIES = 20; // up to so many names stand on the map unasked
const MANY = 20000; // from so many on, a slow machine draws fewer while the picture moves
const SLOW_MS = 60;
const SETTLE_MS = 160; // after so long without a move the picture counts as still
const REACH = 10; // pixels within which a point counts as under the pointer

function createMap(element, data, on) {
  const map = new SampleMap(element, data, on);
  map.update(data);
  return map;
}

class SampleMap {
  constructor(element, data, on) {
    this.key = data.key;
    this.on = on;
    this.parts = {};
    this.hidden = new Set(); // categories switched off in the legend
    this.hovered = -1;
    this.lassoing = false;
    this.lining = false;
    this.stroke = null;
    this.outline = [];
    this.namesWanted = null; // null: by the number of categories
    this.seen = { epoch: undefined, projection: undefined, hidden: undefined };
    this.view = null; // {x, y: data coordinates of the centre, scale: pixels per data unit}
    this.glideStart = null;
    this.frameMs = 0;
    this.detail = 1; // share of the points drawn while the picture moves
    this.movingUntil = 0;
    this.grids = new Map();
    this.medians = new Map();
    this.dom = this.makeDom(element);
    this.timeline = makeTimeline(this.dom.timeline, {
      onTime: (byReader) => {
        if (byReader) this.leads = true;
        this.redraw();
      },
      onRest: (epoch) => this.on({ kind: "epoch", epoch, projection: this.projection }),
    });
    this.tracks = makeTracks(this.dom.tracks, {
      slider: this.timeline.slider,
      epochs: () => this.timeline.epochs,
      theme: () => this.theme,
      onJump: (index) => this.timeline.jump(index),
      onMark: (mark, index) => {
        this.timeline.go(index);
        this.on({ kind: "mark", mark, epoch: this.timeline.epochs[index], projection: this.projection });
      },
    });
    try {
      this.renderer = new MapRenderer(this.dom.canvas);
    } catch (error) {
      this.failure = `The map cannot be drawn: ${error.message}`;
      this.dom.words.textContent = this.failure;
    }
    this.listen();
    this.readTheme();
  }

  makeDom(element) {
    const root = make("div", "map");
    const style = make("style", "", { textContent: MAP_STYLE });
    const stage = make("div", "stage");
    const canvas = make("canvas", "points", { tabIndex: 0 });
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "scatter plot");
    const dom = {
      element, root, stage, canvas, style,
      overlay: make("canvas", "overlay"),
      tools: make("div", "tools"),
      status: make("div", "status"),
      words: make("div", "words"),
      card: make("div", "card", { hidden: true }),
      timeline: make("div", "timeline", { hidden: true }),
      tracks: make("div", "tracks", { hidden: true }),
      legend: make("div", "legend"),
      spoken: make("div", "hush"),
      probe: make("span", "probe"),
    };
    dom.spoken.setAttribute("aria-live", "polite");
    dom.image = make("img", "", { alt: "", decoding: "async" });
    dom.image.addEventListener("error", () => (dom.image.hidden = true));
    dom.facts = make("dl");
    dom.near = make("div", "near");
    dom.card.append(dom.image, dom.facts, dom.near);
    dom.buttons = {};
    const tool = (name, icon, title, act) => {
      const button = make("button", "", { type: "button", title, ariaLabel: title });
      button.append(mapIcon(icon));
      button.addEventListener("click", act);
      dom.tools.append(button);
      dom.buttons[name] = button;
    };
    tool("lasso", "lasso", "Lasso (L, or drag with Shift)", () => this.setLassoing(!this.lassoing));
    tool("line", "line", "Draw a line", () => this.setLining(!this.lining));
    tool("plus", "plus", "Zoom in (+)", () => this.zoom(1.4));
    tool("minus", "minus", "Zoom out (−)", () => this.zoom(1 / 1.4));
    tool("fit", "fit", "Show all (0)", () => this.fit());
    tool("names", "names", "Names on the map", () => {
      this.namesWanted = !this.namesShown;
      this.redraw();
    });
    tool("save", "save", "Save as PNG", () => this.save());
    stage.append(canvas, dom.overlay, dom.status, dom.words, dom.tools, dom.card);
    root.append(style, dom.probe, stage, dom.timeline, dom.tracks, dom.legend, dom.spoken);
    element.append(root);
    return dom;
  }

  listen() {
    const { canvas, stage, probe } = this.dom;
    listenToInput(this);
    this.stopListening = new AbortController();
    const { signal } = this.stopListening;
    // The probe's colours have a transition of a millisecond, so a change of theme is an event.
    probe.addEventListener("transitionend", () => this.readTheme());
    this.resizing = new ResizeObserver(() => this.redraw());
    this.resizing.observe(stage);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      if (!this.gone) this.dom.words.textContent = "The graphics were interrupted, one moment …";
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.dom.words.textContent = "";
      this.renderer.build();
      this.glide = null;
      if (this.parts.positions) this.renderer.setPositions(this.parts.positions.positions, false);
      this.setColors();
      this.setLandscape();
      this.redraw();
    });
    window.addEventListener("darkroom:hover", ({ detail }) => {
      const { source, study, sample } = detail;
      if (source === this.key || study !== (this.parts.view?.study ?? "")) return;
      this.setHovered(sample === null ? -1 : this.indexOf(sample));
    }, { signal });
    window.addEventListener("darkroom:view", ({ detail }) => {
      if (detail.source === this.key || !this.view || detail.link !== this.parts.view?.link) return;
      const { x, y, share } = detail;
      const { low, size } = this.parts.positions;
      this.view = { x: low[0] + x * size[0], y: low[1] + y * size[1], scale: share * this.fitScale };
      this.redraw();
    }, { signal });
    window.addEventListener("darkroom:time", ({ detail }) => {
      const { link, linkTime } = this.parts.view ?? {};
      if (detail.source === this.key || !linkTime || detail.link !== link) return;
      this.leads = false;
      this.timeline.follow(detail.time);
      this.redraw();
    }, { signal });
  }

  // ---- data -------------------------------------------------------------------------------

  update(data) {
    if (data.height) this.dom.root.style.height = `${data.height}px`;
    const changed = MAP_PARTS.filter((part) => part in data && data[part] !== this.parts[part]);
    const before = this.parts.positions;
    for (const part of changed) this.parts[part] = data[part];
    if (changed.includes("positions")) this.setPositions(before);
    if (changed.includes("colors")) this.setColors();
    if (changed.includes("landscape") || changed.includes("land")) this.setLandscape();
    if (changed.includes("tracks") || changed.includes("positions")) this.tracks.set(this.parts.tracks);
    if (changed.includes("view")) this.setView();
    if (changed.length) {
      this.order = null;
      this.tell();
      this.redraw();
    }
  }

  get n() {
    return this.parts.positions?.n ?? 0;
  }

  get projection() {
    return this.parts.positions?.projection ?? "";
  }

  get epochIndex() {
    return Math.round(this.timeline.time);
  }

  // Parts come one by one: between two of them they may speak of different samples.
  part(name) {
    const part = this.parts[name];
    return part && part.n === this.n ? part : null;
  }

  idOf(index) {
    return this.parts.positions.ids?.[index] ?? index;
  }

  indexOf(id) {
    const ids = this.parts.positions?.ids;
    if (id === null || id === undefined || !this.n) return -1;
    if (!ids) return id >= 0 && id < this.n ? id : -1;
    this.indices ??= new Map(Array.from(ids, (value, index) => [value, index]));
    return this.indices.get(id) ?? -1;
  }

  // `before` is the part that these positions replace, if any.
  setPositions(before) {
    const { positions } = this.parts;
    this.indices = null;
    this.grids.clear();
    this.medians.clear();
    this.setHovered(-1);
    this.dom.root.dataset.points = this.n;
    if (!positions) return;
    const sameFrame = positions.projection !== "" && positions.projection === before?.projection;
    const same = (a, b) => a === b || (a && b && a.length === b.length && a.every((v, i) => v === b[i]));
    const glides =
      before && before.n === this.n && same(before.ids, positions.ids) &&
      !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.renderer?.setPositions(positions.positions, glides);
    this.glide = glides ? { before, epoch: this.epochIndex, sameFrame } : null;
    this.glideStart = null;
    this.timeline.setEpochs(positions.epochs.length ? positions.epochs : [0]);
    if (!before) this.timeline.go(this.timeline.epochs.length - 1);
    if (before && !sameFrame) {
      this.view = null;
      this.outline = [];
    }
    this.placeEpoch();
    this.dom.words.textContent = this.failure ?? (this.n ? "" : "No images to show.");
  }

  setColors() {
    const { colors } = this.parts;
    const kind = JSON.stringify([colors?.kind, colors?.names]);
    if (kind !== this.legendKind) this.hidden.clear();
    this.legendKind = kind;
    this.medians.clear();
    this.order = null;
    this.namesOf = colors?.kind === "category" ? colors.names : null;
    this.showLegend = fillLegend(this.dom.legend, colors, this.hidden, () => {
      this.order = null;
      this.setHovered(-1);
      this.redraw();
      if (this.parts.view?.hidden) this.on({ kind: "hidden", hidden: [...this.hidden].sort((a, b) => a - b) });
    });
    this.seen.hidden = undefined;
    this.hideAsked();
    if (!colors) return;
    this.tints = colors.kind === "value" ? rampColors(colors.ramp) : colors.palette.map(hexColor);
    this.renderer?.setCodes(colors.values, this.tints.length ? this.tints : [[0, 0, 0]]);
  }

  async setLandscape() {
    const { landscape } = this.parts;
    if (!this.renderer) return;
    this.renderer.dropImages();
    this.saidOfPlace = null;
    if (!landscape) return this.paintLand();
    let from = 0;
    for (const [i, size] of landscape.sizes.entries()) {
      const png = new Blob([landscape.images.subarray(from, from + size)], { type: "image/png" });
      from += size;
      const bitmap = await createImageBitmap(png).catch(() => null);
      if (this.gone || landscape !== this.parts.landscape) return; // overtaken by newer ones
      if (bitmap) this.renderer.setImage(i, bitmap);
      this.redraw();
    }
  }

  setView() {
    const { view } = this.parts;
    if (!view) return;
    this.outline = view.polygon;
    this.dom.buttons.line.hidden = !view.tools?.includes("line");
    this.hideAsked();
    this.placeEpoch();
  }

  // The page's hidden categories count when they change; otherwise the reader's clicks do.
  hideAsked() {
    const asked = this.parts.view?.hidden;
    const text = JSON.stringify(asked);
    if (!asked || !this.namesOf || text === this.seen.hidden) return;
    this.seen.hidden = text;
    this.hidden.clear();
    asked.forEach((category) => this.hidden.add(category));
    this.order = null;
    this.showLegend?.();
  }

  // The server's epoch counts when it changes; otherwise time stays where the reader put it.
  placeEpoch() {
    const epoch = this.parts.view?.epoch ?? null;
    const index = this.timeline.epochs.indexOf(epoch);
    if (epoch === null || index < 0 || epoch === this.seen.epoch) return;
    this.seen.epoch = epoch;
    if (index !== this.timeline.time && !this.timeline.playing) this.timeline.go(index);
  }

  selectedCount() {
    const masks = this.part("masks");
    if (!masks?.selected.length) return null;
    let count = 0;
    for (let i = 0; i < this.n; i++) count += (masks.selected[i >> 3] >> (7 - (i & 7))) & 1;
    return count;
  }

  tell() {
    const count = this.selectedCount();
    const all = this.n.toLocaleString("en");
    const standing = this.parts.view?.standing || "selected";
    const many = count === null ? `${all} images` : `${count.toLocaleString("en")} of ${all} ${standing}`;
    const drawing = this.lassoing ? "Draw around images" : this.lining ? "Draw a line" : "";
    this.dom.status.textContent = drawing ? `${drawing} · Esc to stop` : many;
    this.dom.canvas.setAttribute(
      "aria-label",
      `Map of ${many}. Plus and minus zoom, 0 shows all, Shift with arrows moves, L draws a lasso, Escape clears.`,
    );
  }

  visible(i, colors = this.part("colors")) {
    if (!this.hidden.size || colors?.kind !== "category") return true;
    return !this.hidden.has(colors.values[this.codesFrom(colors) + i]);
  }

  codesFrom(part) {
    return part.per_epoch ? this.epochIndex * this.n : 0;
  }

  // ---- what the reader does ---------------------------------------------------------------

  get resting() {
    return !this.timeline.playing && !this.timeline.settling && !this.glide;
  }

  hit(x, y) {
    if (!this.view || !this.n || !this.resting || this.timeline.time % 1) return -1;
    const epoch = this.epochIndex;
    const { positions, low, size } = this.parts.positions;
    if (!this.grids.has(epoch)) {
      if (this.grids.size > 8) this.grids.clear();
      this.grids.set(epoch, pointGrid(positions, epoch * this.n, this.n));
    }
    const [dataX, dataY] = this.toData([x, y]);
    const code = (value, axis) => ((value - low[axis]) / size[axis]) * 65535;
    const reach = (axis) => (REACH / this.view.scale / size[axis]) * 65535;
    const colors = this.part("colors");
    return nearestPoint(this.grids.get(epoch), code(dataX, 0), code(dataY, 1), reach(0), reach(1),
      (i) => this.visible(i, colors));
  }

  hoverAt(x, y) {
    this.pointer = [x, y];
    if (this.hoverPending) return;
    this.hoverPending = requestAnimationFrame(() => {
      this.hoverPending = 0;
      if (this.gone || !this.pointer) return;
      const at = this.pointer;
      const index = this.hit(...at);
      this.hover(index);
      this.lookAt(index < 0 ? at : null);
    });
  }

  hover(index) {
    if (index < 0) this.pointer = null;
    this.lookAt(null);
    if (index === this.hovered) return;
    this.setHovered(index);
    this.dom.canvas.classList.toggle("over", index >= 0);
    const study = this.parts.view?.study ?? "";
    const sample = index < 0 ? null : this.idOf(index);
    const detail = { study, sample, source: this.key };
    window.dispatchEvent(new CustomEvent("darkroom:hover", { detail }));
  }

  setHovered(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.fillCard();
    this.redrawOverlay();
  }

  click(x, y, second) {
    const index = this.hit(x, y);
    if (index < 0) return;
    const sample = this.idOf(index);
    this.parts.view = { ...this.parts.view, [second ? "second" : "picked"]: sample };
    this.dom.spoken.textContent = `Picked ${this.facts(index).map((fact) => fact.join(" ")).join(", ")}`;
    this.redraw();
    this.on({ kind: second ? "second" : "pick", sample, projection: this.projection });
  }

  lasso(path) {
    const polygon = lassoPolygon(path, (corner) => this.toData(corner), this.view.scale);
    if (polygon.length < 3) return;
    this.outline = polygon;
    this.redraw();
    this.on({ kind: "lasso", polygon: polygon.flat(), projection: this.projection });
  }

  line(path) {
    const round = (value) => Number(value.toPrecision(5));
    const way = path.map((end) => this.toData(end).map(round));
    this.parts.view = { ...this.parts.view, way };
    this.redraw();
    this.on({ kind: "line", polygon: way.flat(), projection: this.projection });
  }

  clear() {
    this.setLassoing(false);
    this.setLining(false);
    const view = this.parts.view ?? {};
    const some =
      this.outline.length || this.part("masks")?.selected.length ||
      (view.picked ?? view.second ?? view.way ?? null) !== null;
    this.outline = [];
    this.parts.view = { ...view, picked: null, second: null, way: null };
    this.hover(-1);
    this.redraw();
    if (some) this.on({ kind: "clear", projection: this.projection });
  }

  setLassoing(lassoing) {
    if (lassoing) this.setLining(false);
    this.lassoing = lassoing;
    this.dom.buttons.lasso.setAttribute("aria-pressed", String(lassoing));
    this.dom.canvas.classList.toggle("lassoing", lassoing);
    this.tell();
  }

  setLining(lining) {
    if (lining) this.setLassoing(false);
    this.lining = lining;
    this.dom.buttons.line.setAttribute("aria-pressed", String(lining));
    this.dom.canvas.classList.toggle("lassoing", this.lining || this.lassoing);
    this.tell();
  }

  showStroke(stroke) {
    this.stroke = stroke;
    this.redrawOverlay();
  }

  // ---- drawing ----------------------------------------------------------------------------

  readTheme() {
    const style = getComputedStyle(this.dom.probe);
    const rgb = (text) => (text.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);
    this.theme = {
      ink: rgb(style.color),
      paper: rgb(style.backgroundColor),
      accent: getComputedStyle(this.dom.root).getPropertyValue("--accent").trim() || "#ff4b4b",
      font: getComputedStyle(this.dom.root).fontFamily,
    };
    this.theme.inkText = style.color;
    this.theme.paperText = style.backgroundColor;
    this.paintLand();
    this.redraw();
  }

  redraw() {
    this.stale = true;
    this.redrawOverlay();
  }

  // Hovering and a lasso under way change the flat canvas only: the points stay as they are.
  redrawOverlay() {
    if (this.frame || this.gone) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.draw(now);
    });
  }

  get namesShown() {
    const few = (this.namesOf?.length ?? Infinity) <= FEW_CATEGORIES;
    return this.namesWanted ?? this.parts.view?.classLabels ?? few;
  }

  draw(now) {
    const [width, height] = this.box;
    const { parts, timeline, renderer, dom } = this;
    if (this.gone || !renderer || !width || !height || renderer.gl.isContextLost()) return;
    if (parts.positions && parts.colors && !this.part("colors")) return; // one is on its way
    const began = performance.now();
    const passed = this.lastFrame ? now - this.lastFrame : 0;
    const more = timeline.advance(this.running ? Math.min(0.25, passed / 1000) : 0);
    if (this.n && (!this.view || this.view.fits)) this.makeView();
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [dom.canvas, dom.overlay]) {
      const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width === w && canvas.height === h) continue;
      Object.assign(canvas, { width: w, height: h });
      this.stale = true;
    }
    dom.buttons.names.hidden = !this.namesOf;
    dom.buttons.names.setAttribute("aria-pressed", String(this.namesShown));
    const coarse = more || now < this.movingUntil;
    const detail = coarse ? this.detail : 1;
    if (this.stale) renderer.draw(this.scene(now, ratio, detail));
    dom.root.dataset.detail = detail.toFixed(2);
    const context = dom.overlay.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (this.n) this.drawOverlay(context);
    this.placeCard();
    this.measure(performance.now() - began, passed, coarse);
    if (parts.positions && parts.colors) dom.root.dataset.frameMs = this.frameMs.toFixed(1);
    dom.root.dataset.epoch = timeline.epochs[this.epochIndex] ?? "";
    this.tracks.follow(timeline.time);
    this.shareTime();
    this.running = more;
    this.lastFrame = now;
    this.stale = false;
    if (more || this.glide) this.redraw();
    else if (coarse && this.detail < 1) {
      clearTimeout(this.finish);
      this.finish = setTimeout(() => this.redraw(), SETTLE_MS + 20);
    }
  }

  // While frames follow one another the time between them counts: the GPU works on after `draw`.
  // Where it is slow (no GPU at all), fewer points are drawn as long as the picture moves; the
  // order is a shuffle, so the first of them are a fair sample.
  measure(spent, passed, coarse) {
    const took = passed && passed < 1000 ? Math.max(spent, passed) : spent;
    this.frameMs = this.frameMs ? 0.8 * this.frameMs + 0.2 * took : took;
    if (!coarse || this.n < MANY || !passed || passed > 1000) return;
    if (took > SLOW_MS) this.detail = Math.max(0.15, this.detail * 0.75);
    else if (took < SLOW_MS / 2) this.detail = Math.min(1, this.detail * 1.15);
  }

  destroy() {
    this.hover(-1);
    this.gone = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.finish);
    cancelAnimationFrame(this.hoverPending);
    this.resizing.disconnect();
    this.stopListening.abort();
    this.renderer?.release();
    this.dom.root.remove();
  }
}

for (const methods of [MAP_VIEW, MAP_SCENE, MAP_CARD, MAP_LAND, MAP_OVERLAY]) {
  Object.defineProperties(SampleMap.prototype, Object.getOwnPropertyDescriptors(methods));
}

function createIn(parent, data, send) {
  const element = parent.appendChild(make("div"));
  const map = createMap(element, data, send);
  return {
    update: (part) => map.update(part),
    destroy() {
      map.destroy();
      element.remove();
    },
  };
}

export default function (component) {
  return mounted(component, MAP_PARTS, createIn);
}
