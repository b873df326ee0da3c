// What stands out: a veil over the graph, and above it the vertices and edges that are looked at, these
// as dashes that wander from the lower layer to the upper one. All this lies on a canvas of its own, and
// canvas and graph have layers of their own: the graph is not painted anew while something moves.

const VEIL = 0.82;
const DASH = [7, 5]; // pixels at zoom 1
const FLOW_SPEED = 26; // pixels a second
const FLOW_MS = 33; // between two pictures

const GRAPH_FLOW = {
  lightUp(vertices, edges) {
    this.lit = { vertices, edges };
    Object.assign(this.root.dataset, { lit: vertices.length, flowing: edges.length });
    cancelAnimationFrame(this.flowPending);
    this.drawLight();
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (edges.length && !still) this.flowStep(performance.now());
  },

  flowStep(now) {
    if (now - (this.flowedAt ?? 0) >= FLOW_MS) {
      this.flowedAt = now;
      this.drawLight(now);
    }
    this.flowPending = requestAnimationFrame((next) => this.flowStep(next));
  },

  drawLight(now = performance.now()) {
    const { flows: canvas, lit, frame } = this;
    if (!lit?.vertices.length && !this.lighted) return;
    this.lighted = lit.vertices.length > 0;
    const context = freshCanvas(canvas, this.box);
    if (!this.lighted || !frame) return;
    const looks = getComputedStyle(this.root);
    context.globalAlpha = VEIL;
    context.fillStyle = looks.getPropertyValue("--paper");
    context.fillRect(0, 0, ...this.box);
    context.globalAlpha = 1;
    context.save();
    context.translate(frame.x, frame.y);
    context.scale(frame.scale, frame.scale);
    context.strokeStyle = looks.getPropertyValue("--accent");
    this.drawFlow(context, now);
    lit.vertices.forEach((i) => this.drawLit(context, this.vertices[i], looks));
    context.restore();
    context.font = `11px ${looks.fontFamily}`;
    context.fillStyle = looks.getPropertyValue("--ink");
    this.rowNames.forEach((text) =>
      context.fillText(text.textContent, Number(text.getAttribute("x")), Number(text.getAttribute("y"))));
  },

  drawFlow(context, now) {
    context.lineCap = "round";
    context.setLineDash(DASH);
    context.lineDashOffset = -((now / 1000) * FLOW_SPEED) % (DASH[0] + DASH[1]);
    this.lit.edges.forEach((e) => {
      const { curve, alphaGoal, width } = this.edges[e];
      if (!curve || !alphaGoal) return;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(curve[0], curve[1]);
      context.bezierCurveTo(...curve.slice(2));
      context.stroke();
    });
    context.setLineDash([]);
  },

  drawLit(context, v, looks) {
    const [x, y, side] = v.at;
    const box = [x - side / 2, y - side / 2, side, side];
    const address = this.address("picture", v.i, v.variant ?? 0);
    context.fillStyle = looks.getPropertyValue("--panel");
    context.fillRect(...box);
    const image = address && this.held(address);
    if (image?.complete && image.naturalWidth) {
      const cut = Math.min(image.naturalWidth, image.naturalHeight);
      const from = [(image.naturalWidth - cut) / 2, (image.naturalHeight - cut) / 2, cut, cut];
      context.imageSmoothingEnabled = !this.pictures.pixelated;
      context.drawImage(image, ...from, ...box);
    }
    context.strokeStyle = looks.getPropertyValue(v.i === this.pinned ? "--ink" : "--accent");
    context.lineWidth = v.i === this.vertex ? 3.5 : 2;
    context.strokeRect(...box);
  },

  // An image for the canvas; the browser has it already, from the graph.
  held(address) {
    if (!this.images.has(address)) {
      const image = new Image();
      image.addEventListener("load", () => this.drawLight());
      image.src = address;
      this.images.set(address, image);
    }
    return this.images.get(address);
  },
};
