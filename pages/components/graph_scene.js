// The vertices on screen as elements of SVG, and how all glides to new places.

const SVG_SPACE = "http://www.w3.org/2000/svg";
const MOVE_MS = 550;

function svgPart(tag, className, attributes = {}) {
  const element = document.createElementNS(SVG_SPACE, tag);
  if (className) element.setAttribute("class", className);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const GRAPH_SCENE = {
  // New elements for a new graph; a channel that was there before begins where it was.
  build() {
    const { graph } = this;
    const before = new Map(this.vertices.map((v) => [v.id, v]));
    this.layers.replaceChildren();
    this.rowNames = graph.layers.map((name, layer) => {
      const text = svgPart("text", "rowname");
      text.textContent = name;
      text.dataset.layer = layer;
      this.layers.append(text);
      return text;
    });
    this.makeEdges();
    this.vertices = Array.from(graph.layer, (layer, i) => {
      const id = `${layer}.${graph.channel[i]}`;
      const old = before.get(id);
      const element = svgPart("g", "vertex", { role: "button", tabindex: -1 });
      element.dataset.vertex = id;
      element.dataset.index = i;
      const group = graph.groups[graph.group[i]];
      if (group?.[1]) element.style.setProperty("--group", group[1]);
      element.classList.toggle("grouped", Boolean(group?.[1]));
      element.classList.toggle("faint", Boolean(group?.[2]));
      element.classList.toggle("flagged", graph.flags[i] > 0);
      element.setAttribute("aria-label", this.words(i));
      const rect = svgPart("rect", "", { rx: 3 });
      element.append(rect);
      const v = { id, i, element, rect, at: old?.at ?? null, alpha: old?.alpha ?? 0 };
      this.picture(v);
      return v;
    });
    this.world.replaceChildren(...this.vertices.map((v) => v.element));
    this.rows = rowOrders(graph);
  },

  picture(v) {
    const address = this.address("picture", v.i, 0);
    v.element.querySelectorAll("image, text").forEach((old) => old.remove());
    const text = svgPart("text", "", { y: 3 });
    text.textContent = this.graph.channel[v.i];
    v.element.append(text);
    v.image = null;
    if (!address) return;
    v.image = svgPart("image", "", { preserveAspectRatio: "xMidYMid slice", href: address });
    v.image.addEventListener("load", () => text.remove());
    v.image.addEventListener("error", () => v.image?.remove());
    v.element.append(v.image);
  },

  // Which vertices pass the threshold, and then where everything goes.
  arrange(animated = true) {
    const { graph, view } = this;
    if (!graph || !view) return;
    const shown = this.shown();
    this.shownNow = shown;
    const places = placeVertices(graph, this.rows, shown, view.across, view.down);
    this.bounds(places);
    this.places = places;
    const still = !animated || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.vertices.forEach((v) => {
      const goal = places[v.i];
      v.goal = goal ?? v.at ?? [0, 0, SMALLEST];
      v.from = v.at ?? (goal && [goal[0], goal[1], goal[2] * 0.6]) ?? v.goal;
      [v.alphaFrom, v.alphaGoal] = [v.alpha, goal ? 1 : 0];
      v.element.setAttribute("aria-hidden", String(!goal));
      v.element.style.pointerEvents = goal ? "" : "none";
    });
    this.edges.forEach((edge) => {
      [edge.alphaFrom, edge.alphaGoal] = [edge.alpha, shown[edge.a] && shown[edge.b] ? 1 : 0];
    });
    if (this.fits) this.frameGoal = this.fitted();
    if (this.frameGoal) this.frameFrom = this.frame ?? this.frameGoal;
    this.began = performance.now();
    this.share = still ? 1 : 0;
    const count = shown.reduce((sum, one) => sum + one, 0);
    const joined = this.edges.filter((edge) => edge.alphaGoal).length;
    const all = this.vertices.length;
    this.status.textContent = count === all
      ? `${all} channels, ${joined} influences`
      : `${count} of ${all} channels, ${joined} influences`;
    this.status.hidden = !all;
    this.wordsBox.textContent = all ? (count ? "" : "No channel has so many images.") : graph.empty;
    Object.assign(this.root.dataset, { vertices: count, edges: joined, moving: String(!still) });
    this.reachable();
    this.step(this.began);
  },

  shown() {
    const { graph, view } = this;
    return Array.from(graph.size, (size, i) =>
      size >= view.least && !(view.hideFlagged && graph.flags[i] > 0));
  },

  step(now) {
    if (this.share < 1) {
      this.share = Math.min(1, Math.max(0, now - this.began) / MOVE_MS);
      cancelAnimationFrame(this.pending);
      this.pending = requestAnimationFrame((next) => this.step(next));
    }
    const s = this.share * this.share * (3 - 2 * this.share);
    const mix = (from, to) => from + (to - from) * s;
    this.vertices.forEach((v) => {
      v.at = v.from.map((value, k) => mix(value, v.goal[k]));
      v.alpha = mix(v.alphaFrom, v.alphaGoal);
      this.drawVertex(v);
    });
    this.edges.forEach((edge) => {
      edge.alpha = mix(edge.alphaFrom, edge.alphaGoal);
    });
    if (this.frameGoal) {
      this.frame = Object.fromEntries(
        Object.entries(this.frameGoal).map(([name, to]) => [name, mix(this.frameFrom[name], to)]),
      );
    }
    if (this.share >= 1) {
      this.frameGoal = null;
      this.root.dataset.moving = "false";
    }
    this.drawFrame();
  },

  drawVertex(v) {
    const [x, y, side] = v.at;
    v.element.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
    for (const part of v.element.children) part.setAttribute("opacity", v.alpha.toFixed(3));
    const box = { x: -side / 2, y: -side / 2, width: side, height: side };
    for (const part of [v.rect, v.image]) {
      if (part) for (const [name, value] of Object.entries(box)) part.setAttribute(name, value.toFixed(2));
    }
  },

  // Pan and zoom; the names of the layers stay at the left edge.
  drawFrame() {
    const { x, y, scale } = this.frame ?? { x: 0, y: 0, scale: 1 };
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    const step = Math.max(LEAST_ROW, (BETWEEN_ROWS * (this.view?.down ?? 100)) / 100);
    const rows = this.rowNames ?? [];
    this.rowHeights = rows.map((_, layer) => y + (rows.length - 1 - layer) * step * scale);
    rows.forEach((text, layer) => {
      text.setAttribute("x", 10);
      text.setAttribute("y", this.rowHeights[layer] + 4);
    });
    this.drawEdges();
    this.drawLight();
    this.placeCard();
  },
};
