// The map: createMap(element, data, on) ties renderer, input, legend and timeline together and
// knows no Streamlit; the last function of the file is the adapter that does.
// `data` is {key, height} and the parts positions, colors, labels, masks, landscape, view (or null).

const MAP_PARTS = ["positions", "colors", "labels", "masks", "landscape", "view"];
const FEW_CATEGORIES = 20; // up to so many names stand on the map unasked
const MOST_ZOOM = 200;
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
    this.stroke = null;
    this.outline = [];
    this.namesWanted = null; // null: by the number of categories
    this.seen = { epoch: undefined, projection: undefined };
    this.view = null; // {x, y: data coordinates of the centre, scale: pixels per data unit}
    this.glideStart = null;
    this.frameMs = 0;
    this.grids = new Map();
    this.medians = new Map();
    this.dom = this.makeDom(element);
    this.timeline = makeTimeline(this.dom.timeline, {
      onTime: () => this.redraw(),
      onRest: (epoch) => this.on({ kind: "epoch", epoch, projection: this.projection }),
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
      legend: make("div", "legend"),
      spoken: make("div", "hush"),
      probe: make("span", "probe"),
    };
    dom.spoken.setAttribute("aria-live", "polite");
    dom.image = make("img", "", { alt: "", decoding: "async" });
    dom.facts = make("dl");
    dom.card.append(dom.image, dom.facts);
    dom.buttons = {};
    const tool = (name, icon, title, act) => {
      const button = make("button", "", { type: "button", title, ariaLabel: title });
      button.append(mapIcon(icon));
      button.addEventListener("click", act);
      dom.tools.append(button);
      dom.buttons[name] = button;
    };
    tool("lasso", "lasso", "Lasso (L, or drag with Shift)", () => this.setLassoing(!this.lassoing));
    tool("plus", "plus", "Zoom in (+)", () => this.zoom(1.4));
    tool("minus", "minus", "Zoom out (−)", () => this.zoom(1 / 1.4));
    tool("fit", "fit", "Show all (0)", () => this.fit());
    tool("names", "names", "Names on the map", () => {
      this.namesWanted = !this.namesShown;
      this.redraw();
    });
    tool("save", "save", "Save as PNG", () => this.save());
    stage.append(canvas, dom.overlay, dom.status, dom.words, dom.tools, dom.card);
    root.append(style, dom.probe, stage, dom.timeline, dom.legend, dom.spoken);
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
  }

  // ---- data -------------------------------------------------------------------------------

  update(data) {
    if (data.height) this.dom.root.style.height = `${data.height}px`;
    const changed = MAP_PARTS.filter((part) => part in data && data[part] !== this.parts[part]);
    const before = this.parts.positions;
    for (const part of changed) this.parts[part] = data[part];
    if (changed.includes("positions")) this.setPositions(before);
    if (changed.includes("colors")) this.setColors();
    if (changed.includes("landscape")) this.setLandscape();
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
    fillLegend(this.dom.legend, colors, this.hidden, () => {
      this.order = null;
      this.setHovered(-1);
      this.redraw();
    });
    if (!colors) return;
    this.tints = colors.kind === "value" ? rampColors(colors.ramp) : colors.palette.map(hexColor);
    this.renderer?.setCodes(colors.values, this.tints.length ? this.tints : [[0, 0, 0]]);
  }

  async setLandscape() {
    const { landscape } = this.parts;
    if (!this.renderer) return;
    this.renderer.dropImages();
    if (!landscape) return;
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
    this.placeEpoch();
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
    const many = count === null ? `${all} images` : `${count.toLocaleString("en")} of ${all} selected`;
    this.dom.status.textContent = this.lassoing ? "Draw around images · Esc to stop" : many;
    this.dom.canvas.setAttribute(
      "aria-label",
      `Map of ${many}. Plus and minus zoom, 0 shows all, Shift with arrows moves, L draws a lasso, Escape clears.`,
    );
  }

  // The order of drawing: faded, plain, marked; within each a fixed shuffle, so that no class
  // lies on top because its samples come last.
  makeOrder() {
    const { n } = this;
    const colors = this.part("colors");
    const masks = this.part("masks");
    const bit = (mask, i) => (mask?.length ? (mask[i >> 3] >> (7 - (i & 7))) & 1 : null);
    const groups = [[], [], []];
    let step = Math.max(1, Math.round(n * 0.618));
    const divides = (a, b) => (b ? divides(b, a % b) : a);
    while (divides(step, n) > 1) step++;
    for (let k = 0, i = 0; k < n; k++, i = (i + step) % n) {
      if (!this.visible(i, colors)) continue;
      if (bit(masks?.selected, i) === 0) groups[0].push(i);
      else groups[bit(masks?.marked, i) ? 2 : 1].push(i);
    }
    const counts = groups.map((group) => group.length);
    this.order = { counts, fades: !!masks?.selected.length, epoch: this.epochIndex };
    this.renderer.setOrder(Uint32Array.from(groups.flat()));
  }

  visible(i, colors = this.part("colors")) {
    if (!this.hidden.size || colors?.kind !== "category") return true;
    return !this.hidden.has(colors.values[this.codesFrom(colors) + i]);
  }

  codesFrom(part) {
    return part.per_epoch ? this.epochIndex * this.n : 0;
  }

  // ---- where things are -------------------------------------------------------------------

  get box() {
    return [this.dom.stage.clientWidth, this.dom.stage.clientHeight];
  }

  get fitScale() {
    const [width, height] = this.box;
    const { size } = this.parts.positions;
    const pad = 28;
    return Math.max(
      1e-12,
      Math.min(Math.max(40, width - 2 * pad - 36) / size[0], Math.max(40, height - 2 * pad) / size[1]),
    );
  }

  fit() {
    this.view = null;
    this.moved();
  }

  makeView() {
    const { low, size } = this.parts.positions;
    const scale = this.fitScale;
    // A little to the left of the middle, clear of the buttons.
    this.view = { x: low[0] + size[0] / 2 + 18 / scale, y: low[1] + size[1] / 2, scale, fits: true };
  }

  toScreen([x, y]) {
    const [width, height] = this.box;
    const { view } = this;
    return [width / 2 + (x - view.x) * view.scale, height / 2 - (y - view.y) * view.scale];
  }

  toData([x, y]) {
    const [width, height] = this.box;
    const { view } = this;
    return [view.x + (x - width / 2) / view.scale, view.y - (y - height / 2) / view.scale];
  }

  fromCode([x, y]) {
    const { low, size } = this.parts.positions;
    return [low[0] + (x / 65535) * size[0], low[1] + (y / 65535) * size[1]];
  }

  codeAt(index, epoch) {
    const { positions } = this.parts.positions;
    const at = 2 * (epoch * this.n + index);
    return [positions[at], positions[at + 1]];
  }

  // Between two epochs everything moves on a straight line, here as in the shader.
  between(of) {
    const { time } = this.timeline;
    const first = Math.floor(time);
    const a = of(first);
    if (time === first) return a;
    const b = of(first + 1);
    return a && b && a.map((v, k) => v + (b[k] - v) * (time - first));
  }

  screenOf(index) {
    return this.toScreen(this.fromCode(this.between((epoch) => this.codeAt(index, epoch))));
  }

  pan(dx, dy) {
    if (!this.view) return;
    this.view.x -= dx / this.view.scale;
    this.view.y += dy / this.view.scale;
    this.view.fits = false;
    this.moved();
  }

  zoom(factor, x = this.box[0] / 2, y = this.box[1] / 2) {
    if (!this.view) return;
    const [left, top] = this.toData([x, y]);
    const fit = this.fitScale;
    this.view.scale = Math.max(fit / 4, Math.min(fit * MOST_ZOOM, this.view.scale * factor));
    const [nowLeft, nowTop] = this.toData([x, y]);
    this.view.x += left - nowLeft;
    this.view.y += top - nowTop;
    this.view.fits = false;
    this.moved();
  }

  moved() {
    this.redraw();
    const link = this.parts.view?.link;
    if (!link || !this.n) return;
    if (!this.view) this.makeView();
    const { low, size } = this.parts.positions;
    const detail = {
      link,
      source: this.key,
      x: (this.view.x - low[0]) / size[0],
      y: (this.view.y - low[1]) / size[1],
      share: this.view.scale / this.fitScale,
    };
    window.dispatchEvent(new CustomEvent("darkroom:view", { detail }));
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
      if (!this.gone && this.pointer) this.hover(this.hit(...this.pointer));
    });
  }

  hover(index) {
    if (index < 0) this.pointer = null;
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
    this.redraw();
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
    const polygon = lassoPolygon(path, (corner) => this.toData(corner));
    if (polygon.length < 3) return;
    this.outline = polygon;
    this.redraw();
    this.on({ kind: "lasso", polygon: polygon.flat(), projection: this.projection });
  }

  clear() {
    this.setLassoing(false);
    const view = this.parts.view ?? {};
    const some =
      this.outline.length || this.part("masks")?.selected.length ||
      (view.picked ?? view.second ?? null) !== null;
    this.outline = [];
    this.parts.view = { ...view, picked: null, second: null };
    this.hover(-1);
    this.redraw();
    if (some) this.on({ kind: "clear", projection: this.projection });
  }

  setLassoing(lassoing) {
    this.lassoing = lassoing;
    this.dom.buttons.lasso.setAttribute("aria-pressed", String(lassoing));
    this.dom.canvas.classList.toggle("lassoing", lassoing);
    this.tell();
  }

  showStroke(stroke) {
    this.stroke = stroke;
    this.redraw();
  }

  // ---- the hover card ---------------------------------------------------------------------

  facts(index) {
    const rows = [["image", `#${this.idOf(index)}`]];
    const labels = this.part("labels");
    const colors = this.part("colors");
    if (labels) {
      const from = this.codesFrom(labels);
      const [truth, said] = [labels.true[index], labels.predicted[from + index]];
      rows.push(["true", labels.names[truth]]);
      rows.push(["predicted", `${labels.names[said]} ${truth === said ? "✓" : "✗"}`, truth !== said]);
    }
    if (colors?.kind === "value") {
      const code = colors.values[this.codesFrom(colors) + index];
      const value = colors.low + (code / 65534) * (colors.high - colors.low);
      const beyond = code === 0 ? "≤ " : code === 65534 ? "≥ " : "";
      rows.push([colors.title || "value", code === 65535 ? "no value" : beyond + shortNumber(value)]);
    } else if (colors && !labels) {
      rows.push([colors.title || "class", colors.names[colors.values[this.codesFrom(colors) + index]]]);
    }
    return rows;
  }

  fillCard() {
    const { card, image, facts } = this.dom;
    card.hidden = this.hovered < 0;
    if (card.hidden) return;
    facts.replaceChildren(
      ...this.facts(this.hovered).flatMap(([name, value, wrong]) => [
        make("dt", "", { textContent: name }),
        make("dd", wrong ? "wrong" : "", { textContent: value }),
      ]),
    );
    const template = this.parts.view?.thumbnails;
    image.hidden = !template;
    image.removeAttribute("src");
    if (template) image.src = template.replaceAll("{id}", this.idOf(this.hovered));
  }

  placeCard() {
    const { card } = this.dom;
    if (card.hidden) return;
    const [x, y] = this.screenOf(this.hovered);
    const [width, height] = this.box;
    const away = x < -20 || y < -20 || x > width + 20 || y > height + 20;
    card.style.visibility = away ? "hidden" : "visible"; // hovered elsewhere, out of this view
    const fitInto = (at, size, room) => {
      const wanted = at + 14 + size <= room - 4 ? at + 14 : at - 14 - size;
      return Math.max(4, Math.min(room - size - 4, wanted));
    };
    const left = fitInto(x, card.offsetWidth, width);
    const top = fitInto(y, card.offsetHeight, height);
    card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
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
    this.redraw();
  }

  redraw() {
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

  pointSize() {
    const asked = this.parts.view?.pointSize;
    const base = asked ?? Math.max(2, Math.min(7.5, 7 * (500 / Math.max(1, this.n)) ** 0.22));
    const zoom = this.view.scale / this.fitScale;
    return base * Math.max(1, Math.min(2.5, zoom ** 0.35));
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
      if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    }
    dom.buttons.names.hidden = !this.namesOf;
    dom.buttons.names.setAttribute("aria-pressed", String(this.namesShown));
    renderer.draw(this.scene(now, ratio));
    const context = dom.overlay.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (this.n) this.drawOverlay(context);
    this.placeCard();
    const spent = performance.now() - began;
    // While frames follow one another the time between them counts: the GPU works on after `draw`.
    const took = passed && passed < 1000 ? Math.max(spent, passed) : spent;
    this.frameMs = this.frameMs ? 0.8 * this.frameMs + 0.2 * took : took;
    dom.root.dataset.frameMs = this.frameMs.toFixed(1);
    dom.root.dataset.epoch = timeline.epochs[this.epochIndex] ?? "";
    this.running = more;
    this.lastFrame = now;
    if (more || this.glide) this.redraw();
  }

  scene(now, ratio) {
    const [width, height] = this.box;
    const { timeline, theme } = this;
    const { positions, landscape } = this.parts;
    const scene = { n: 0, paper: theme.paper, ink: theme.ink };
    const colors = this.part("colors");
    if (!this.n || !colors) return scene;
    if (!this.order || (colors.per_epoch && this.hidden.size && this.order.epoch !== this.epochIndex)) {
      this.makeOrder();
    }
    const { low, size } = positions;
    // Coordinates count from the middle of the data: single precision then lasts for any zoom.
    const origin = [low[0] + size[0] / 2, low[1] + size[1] / 2];
    const placed = (p) => [...p.size, p.low[0] - origin[0], p.low[1] - origin[1]];
    const { x, y, scale } = this.view;
    const clip = [(2 * scale) / width, (2 * scale) / height];
    const view = [...clip, -(x - origin[0]) * clip[0], -(y - origin[1]) * clip[1]];
    const first = Math.min(Math.floor(timeline.time), timeline.epochs.length - 1);
    const second = Math.min(first + 1, timeline.epochs.length - 1);
    const share = timeline.time - first;
    const glide = this.glideShare(now);
    const point = this.pointSize() * ratio;
    const [faded, plain, marked] = this.order.counts;
    const strong = this.n > 20000 ? 0.7 : 0.88;
    Object.assign(scene, {
      n: this.n,
      shift: colors.kind === "value" ? 8 : 0,
      codesFrom: this.codesFrom(colors),
      before: first, after: second, share,
      place: placed(positions), placeBefore: placed(positions), view,
      ranges: [
        { from: 0, count: faded, alpha: this.n > 20000 ? 0.07 : 0.14, size: point },
        { from: faded, count: plain, alpha: this.order.fades ? 0.95 : strong, size: point + (this.order.fades ? ratio : 0) },
        { from: faded + plain, count: marked, alpha: 0.95, core: 0.55, size: point + 2 * ratio },
      ],
    });
    if (glide !== null) {
      const { before, epoch, sameFrame } = this.glide;
      Object.assign(scene, {
        glide: true, before: epoch, after: first, share: glide,
        placeBefore: sameFrame ? placed(before) : scene.place,
      });
    }
    if (landscape) {
      const [left, right, bottom, top] = landscape.extent;
      const corner = (u, v) => [(u - x) * clip[0], (v - y) * clip[1]];
      const corners = [...corner(left, bottom), ...corner(right, top)];
      scene.image = { first, second, share, corners, alpha: 1 };
    }
    return scene;
  }

  glideShare(now) {
    if (!this.glide) return null;
    this.glideStart ??= now;
    const t = (now - this.glideStart) / 550;
    if (t >= 1) {
      this.glide = null;
      return null;
    }
    return t * t * (3 - 2 * t);
  }

  drawOverlay(context) {
    const { theme, stroke } = this;
    const view = this.parts.view ?? {};
    context.lineJoin = context.lineCap = "round";
    if (this.glide) return;
    this.drawTrajectories(context, view.trajectories ?? []);
    this.drawLines(context, view.lines ?? []);
    if (this.namesShown && this.namesOf) this.drawNames(context);
    const outline = stroke ?? this.outline.map((corner) => this.toScreen(corner));
    if (outline.length) {
      context.beginPath();
      outline.forEach((corner) => context.lineTo(...corner));
      context.closePath();
      context.globalAlpha = 0.08;
      context.fillStyle = theme.accent;
      context.fill();
      context.globalAlpha = 0.9;
      context.strokeStyle = theme.accent;
      context.lineWidth = 1.5;
      context.stroke();
      context.globalAlpha = 1;
    }
    const rings = [[this.indexOf(view.second), "second"], [this.indexOf(view.picked), "picked"], [this.hovered, "hovered"]];
    for (const [index, kind] of rings) if (index >= 0) this.drawRing(context, index, kind);
  }

  tintOf(index) {
    const colors = this.part("colors");
    if (!colors) return this.theme.inkText;
    const code = colors.values[this.codesFrom(colors) + index];
    const entry = colors.kind === "category" ? code : code === 65535 ? 256 : code >> 8;
    return `rgb(${this.tints[entry].map(Math.round).join(",")})`;
  }

  drawRing(context, index, kind) {
    const at = this.screenOf(index);
    const radius = this.pointSize() / 2;
    const { inkText, paperText } = this.theme;
    const circle = (r) => {
      context.beginPath();
      context.arc(...at, r, 0, 2 * Math.PI);
    };
    circle(Math.max(3, radius + 0.5));
    context.fillStyle = this.tintOf(index);
    context.fill();
    const gap = kind === "hovered" ? 3 : 5;
    const width = kind === "hovered" ? 1.5 : 2.5;
    circle(Math.max(3, radius) + gap);
    context.setLineDash([]);
    context.lineWidth = width + 2.5;
    context.strokeStyle = paperText;
    context.stroke();
    context.setLineDash(kind === "second" ? [3, 4] : []);
    context.lineWidth = width;
    context.strokeStyle = inkText;
    context.stroke();
    context.setLineDash([]);
  }

  drawTrajectories(context, ids) {
    for (const index of ids.map((id) => this.indexOf(id)).filter((index) => index >= 0)) {
      const way = this.timeline.epochs.map((_, epoch) =>
        this.toScreen(this.fromCode(this.codeAt(index, epoch))));
      for (const [color, width] of [[this.theme.paperText, 4], [this.tintOf(index), 2]]) {
        context.beginPath();
        way.forEach((corner) => context.lineTo(...corner));
        context.strokeStyle = color;
        context.lineWidth = width;
        context.stroke();
      }
      for (const corner of way) {
        context.beginPath();
        context.arc(...corner, 2, 0, 2 * Math.PI);
        context.fillStyle = this.theme.inkText;
        context.fill();
      }
    }
  }

  drawLines(context, lines) {
    context.lineWidth = 1.2;
    context.strokeStyle = this.theme.inkText;
    for (const [a, b, solid] of lines) {
      const ends = [this.indexOf(a), this.indexOf(b)];
      if (ends.some((index) => index < 0)) continue;
      context.setLineDash(solid ? [] : [4, 4]);
      context.globalAlpha = solid ? 0.8 : 0.6;
      context.beginPath();
      ends.forEach((index) => context.lineTo(...this.screenOf(index)));
      context.stroke();
    }
    context.globalAlpha = 1;
    context.setLineDash([]);
  }

  drawNames(context) {
    const colors = this.part("colors");
    const { positions } = this.parts.positions;
    const medians = (epoch) => {
      const from = colors.per_epoch ? epoch * this.n : 0;
      if (!this.medians.has(epoch)) {
        this.medians.set(epoch,
          categoryMedians(positions, epoch * this.n, this.n, colors.values, from, colors.names.length));
      }
      return this.medians.get(epoch);
    };
    context.font = `600 12px ${this.theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const taken = [];
    colors.names.forEach((name, category) => {
      if (this.hidden.has(category)) return;
      const code = this.between((epoch) => medians(epoch)[category]);
      if (!code) return;
      const text = [...name].length > 18 ? `${[...name].slice(0, 17).join("")}…` : name;
      const [x, middle] = this.toScreen(this.fromCode(code));
      const half = context.measureText(text).width / 2 + 2;
      const free = (y) => taken.every((t) => Math.abs(t.y - y) > 13 || Math.abs(t.x - x) > t.half + half);
      const y = [0, 14, -14, 28, -28].map((dy) => middle + dy).find(free) ?? middle;
      taken.push({ x, y, half });
      context.lineWidth = 3.5;
      context.strokeStyle = this.theme.paperText;
      context.strokeText(text, x, y);
      context.fillStyle = this.theme.inkText;
      context.fillText(text, x, y);
    });
  }

  // The picture with its legend, as a PNG file.
  save() {
    const { renderer, theme, dom } = this;
    if (!renderer || !this.n) return;
    const [width, height] = this.box;
    const ratio = Math.max(2, window.devicePixelRatio || 1);
    const colors = this.part("colors");
    const legend = { width, top: height, ink: theme.inkText, font: theme.font };
    const below = colors ? drawLegend(null, colors, this.hidden, legend) : 0;
    const canvas = make("canvas", "", { width: width * ratio, height: (height + below) * ratio });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = theme.paperText;
    context.fillRect(0, 0, width, height + below);
    // The drawing buffer is gone after the frame in which it was shown: draw, then copy at once.
    Object.assign(dom.canvas, { width: width * ratio, height: height * ratio });
    renderer.draw(this.scene(performance.now(), ratio));
    context.drawImage(dom.canvas, 0, 0, width, height);
    this.drawOverlay(context);
    context.textAlign = "left";
    if (colors) drawLegend(context, colors, this.hidden, legend);
    canvas.toBlob((blob) => {
      const link = make("a", "", { href: URL.createObjectURL(blob), download: `${this.key}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    this.redraw();
  }

  destroy() {
    this.hover(-1);
    this.gone = true;
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.hoverPending);
    this.resizing.disconnect();
    this.stopListening.abort();
    this.renderer?.release();
    this.dom.root.remove();
  }
}

const MAPS = new WeakMap(); // one map per mount, kept over reruns

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const parts = darkroomParts();
  let mount = MAPS.get(parentElement);
  if (!mount) {
    mount = {};
    const { key } = data;
    const session = () => parts.of(key, ["view"]).view?.session;
    const send = eventSender((event) => mount.send(event), session);
    const element = parentElement.appendChild(make("div"));
    const map = createMap(element, { ...data, ...parts.of(key, MAP_PARTS) }, send);
    const refresh = ({ detail }) => {
      if (detail.key === key) map.update(parts.of(key, [detail.part]));
    };
    window.addEventListener("darkroom:part", refresh);
    mount.map = map;
    mount.release = () => {
      window.removeEventListener("darkroom:part", refresh);
      MAPS.delete(parentElement);
      map.destroy();
      element.remove();
    };
    MAPS.set(parentElement, mount);
  }
  mount.send = (event) => setStateValue("event", event);
  mount.map.update(data);
  return whenGone(parentElement, mount.release);
}
