// The attribution graph: createGraph(element, data, on) knows no Streamlit; the last function of the
// file is the adapter that does. `data` is {key, height} and the parts graph, view and file (or
// null).

const MOST_GRAPH_ZOOM = 6;
const LARGEST_FIT = 1.7; // a small graph is not blown up further
const GUTTER = 86; // room for the names of the layers at the left

function createGraph(element, data, on) {
  const graph = new AttributionGraph(element, data, on);
  graph.update(data);
  return graph;
}

class AttributionGraph {
  constructor(element, data, on) {
    this.key = data.key;
    this.on = on;
    [this.vertices, this.edges] = [[], []];
    [this.vertex, this.edge, this.pinned, this.variant] = [-1, -1, -1, 0];
    this.fits = true;
    this.images = new Map(); // address -> image, for the canvas
    this.root = element.appendChild(graphPart("div", "graph"));
    [this.head, this.bar, this.stage] = ["head", "bar", "stage"].map((name) => graphPart("div", name));
    this.svg = svgPart("svg", "scene", { tabindex: 0, role: "group" });
    this.layers = svgPart("g", "layers");
    this.world = svgPart("g", "world");
    this.edgesCanvas = graphPart("canvas", "edges");
    this.rowHeights = [];
    this.svg.append(this.layers, this.world);
    this.flows = graphPart("canvas", "flows");
    this.card = graphPart("div", "card");
    this.card.hidden = true;
    this.wordsBox = graphPart("div", "words");
    this.status = graphPart("div", "status");
    const buttons = graphPart("div", "tools");
    const button = (sign, title, act) => {
      const made = graphPart("button", "", sign);
      made.type = "button";
      made.title = title;
      made.addEventListener("click", act);
      return made;
    };
    buttons.append(
      button("+", "Zoom in", () => this.zoom(1.3)),
      button("−", "Zoom out", () => this.zoom(1 / 1.3)),
      button("⤢", "Back to the whole graph", () => this.whole()),
    );
    this.stage.append(this.edgesCanvas, this.svg, this.flows, this.wordsBox, this.status, buttons, this.card);
    this.probe = graphPart("div", "probe");
    this.root.append(graphPart("style", "", GRAPH_STYLE), this.head, this.bar, this.stage, this.probe);
    this.makeBar();
    this.listen();
  }

  get box() {
    return [this.stage.clientWidth, this.stage.clientHeight];
  }

  listen() {
    this.stopListening = new AbortController();
    const { signal } = this.stopListening;
    this.resizing = new ResizeObserver(() => this.fits && this.graph && this.view && this.arrange(false));
    this.resizing.observe(this.stage);
    this.probe.addEventListener("transitionend", () => this.graph && this.drawFrame()); // another theme
    listenToGraph(this);
    window.addEventListener("darkroom:graph-scale", ({ detail }) => {
      if (detail.source === this.key || detail.link !== this.view?.link || !this.graph) return;
      Object.assign(this.view, { least: detail.least, across: detail.across, down: detail.down });
      this.showScale();
      this.arrange();
    }, { signal });
    window.addEventListener("darkroom:channel", ({ detail }) => {
      if (detail.source === this.key || detail.link !== this.view?.link) return;
      this.focusOn({ vertex: this.vertices.findIndex((v) => v.id === detail.id) }, true);
    }, { signal });
  }

  update(data) {
    if (data.height) this.root.style.height = `${data.height}px`;
    if ("graph" in data && data.graph !== this.given) this.take(data.graph);
    const before = this.view;
    if ("view" in data && data.view) this.view = { ...data.view };
    if ("file" in data) this.takeFile(data.file);
    if (!this.graph || !this.view) return;
    const rebuilt = this.builtOf !== this.given;
    if (rebuilt) this.rebuild();
    this.fillBar();
    const scaled = ["least", "across", "down", "hideFlagged"].some((name) => before?.[name] !== this.view[name]);
    if (rebuilt || scaled) this.arrange(Boolean(before));
    if (rebuilt) {
      this.lit = null;
      this.focusOn({}, true);
    }
    this.showPin();
  }

  take(given) {
    this.given = given;
    if (!given) {
      this.graph = null;
      return;
    }
    const { count, second, influence, second_influence: secondInfluence } = given;
    this.pictures = { ...given.pictures, variants: given.variants, patches: given.patches };
    const influenceOf = (e) => Math.max(influence[e], secondInfluence?.[e] ?? 0);
    this.graph = {
      ...given,
      size: Array.from(count, (value, i) => Math.max(value, second?.[i] ?? 0)),
      influenceOf,
      mostInfluence: Math.max(1, ...Array.from(influence, (_, e) => influenceOf(e))),
    };
    this.svg.setAttribute("aria-label",
      `Attribution graph of ${given.head.title}: ${count.length} channels in ${given.layers.length} layers`);
  }

  rebuild() {
    [this.vertex, this.edge, this.pinned, this.variant] = [-1, -1, -1, 0];
    this.card.hidden = true;
    this.lightUp([], []);
    this.root.classList.toggle("pixelated", this.pictures.pixelated);
    this.build();
    this.builtOf = this.given;
    this.fillHead();
    this.fits = true;
  }

  bounds(places) {
    const found = places.filter(Boolean);
    const far = (sign, axis) => Math.max(0, ...found.map((place) => sign * place[axis] + place[2] / 2));
    this.edgesOfAll = { left: -far(-1, 0), right: far(1, 0), top: -far(-1, 1), bottom: far(1, 1) };
  }

  // Pan and zoom at which all that is shown is in sight.
  fitted() {
    const [width, height] = this.box;
    const { left, right, top, bottom } = this.edgesOfAll;
    const room = [Math.max(60, width - GUTTER - 50), Math.max(60, height - 28)];
    const scale = Math.min(LARGEST_FIT, room[0] / (right - left || 1), room[1] / (bottom - top || 1));
    return {
      x: GUTTER + room[0] / 2 - ((left + right) / 2) * scale,
      y: 14 + room[1] / 2 - ((top + bottom) / 2) * scale,
      scale,
    };
  }

  fit() {
    this.fits = true;
    this.arrange();
  }

  // Back to all vertices in sight, without a threshold.
  whole() {
    const changed = this.view.least > 0;
    this.view.least = 0;
    this.showScale();
    this.fit();
    this.shareScale();
    if (changed) this.tellScale();
  }

  pan(dx, dy) {
    if (!this.frame) return;
    this.fits = false;
    this.frameGoal = null;
    this.frame.x += dx;
    this.frame.y += dy;
    this.drawFrame();
  }

  zoom(factor, x = this.box[0] / 2, y = this.box[1] / 2) {
    if (!this.frame) return;
    const fit = this.fitted().scale;
    const before = this.frame.scale;
    const scale = Math.max(fit / 2, Math.min(Math.max(MOST_GRAPH_ZOOM, fit), before * factor));
    this.fits = false;
    this.frameGoal = null;
    this.frame = {
      x: x - ((x - this.frame.x) * scale) / before,
      y: y - ((y - this.frame.y) * scale) / before,
      scale,
    };
    this.root.dataset.zoom = (scale / fit).toFixed(3);
    this.drawFrame();
  }

  nearestEdge([x, y], reach) {
    const { x: left, y: top, scale } = this.frame ?? { x: 0, y: 0, scale: 1 };
    let [best, least] = [-1, reach];
    this.edges.forEach((edge, e) => {
      if (edge.alpha < 0.5 || !edge.curve) return;
      const c = edge.curve;
      const spare = reach / scale;
      const [wx, wy] = [(x - left) / scale, (y - top) / scale];
      if (wy > c[1] + spare || wy < c[7] - spare) return;
      if (wx < Math.min(c[0], c[6]) - spare || wx > Math.max(c[0], c[6]) + spare) return;
      for (let t = 0; t <= 1; t += 1 / 24) {
        const [px, py] = curveAt(c, t);
        const away = Math.hypot(px - wx, py - wy) * scale;
        if (away < least) [best, least] = [e, away];
      }
    });
    return best;
  }

  pin(vertex) {
    const next = vertex === this.pinned ? -1 : vertex;
    if (next === this.pinned) return;
    const { layer, channel } = this.graph;
    this.view.pin = next < 0 ? null : [layer[next], channel[next]];
    this.showPin();
    this.on(next < 0 ? { kind: "pin" } : { kind: "pin", layer: layer[next], channel: channel[next] });
  }

  showPin() {
    const id = this.view.pin?.join(".");
    const place = id ? this.vertices.findIndex((v) => v.id === id) : -1;
    if (place === this.pinned) return;
    const wasPinned = this.pinned;
    this.pinned = place;
    this.vertices.forEach((v) => v.element.classList.toggle("pinned", v.i === place));
    this.root.dataset.pinned = place < 0 ? "" : this.vertices[place].id;
    if (place >= 0) this.focusOn({ vertex: place });
    else if (this.vertex === wasPinned) this.focusOn();
  }

  // One vertex can be reached by Tab; arrows go along the row and to the rows above and below.
  reachable(vertex = this.vertices.findIndex((v) => this.shownNow[v.i])) {
    this.vertices.forEach((v) => v.element.setAttribute("tabindex", v.i === vertex ? 0 : -1));
  }

  goTo(vertex, key) {
    const from = this.places[vertex];
    const aside = key === "ArrowLeft" || key === "ArrowRight";
    const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
    let [best, least] = [-1, Infinity];
    this.places.forEach((at, i) => {
      if (!at || i === vertex) return;
      const [dx, dy] = [at[0] - from[0], at[1] - from[1]];
      const fits = aside ? dy === 0 && sign * dx > 0 : sign * dy > 0;
      const away = aside ? Math.abs(dx) : 1e4 * Math.abs(dy) + Math.abs(dx);
      if (fits && away < least) [best, least] = [i, away];
    });
    if (best < 0) return;
    this.reachable(best);
    this.vertices[best].element.focus({ preventScroll: true });
  }

  destroy() {
    cancelAnimationFrame(this.pending);
    this.lightUp([], []);
    this.resizing.disconnect();
    this.stopListening.abort();
    this.root.remove();
  }
}

Object.assign(
  AttributionGraph.prototype, GRAPH_SCENE, GRAPH_EDGES, GRAPH_FLOW, GRAPH_CARD, GRAPH_TOOLS, GRAPH_EXPORT,
);

export default function (component) {
  return mounted(component, ["graph", "view", "file"], createGraph);
}
