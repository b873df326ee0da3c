// The edges: curves on a canvas below the vertices. A canvas that the processor draws takes a few
// milliseconds for hundreds of curves; as elements of SVG they took seconds without a graphics card.

const THINNEST = 0.6; // pixels
const THICKEST = 5.5;
const INK_ALPHA = 0.2;
const GROUP_ALPHA = 0.5;
const FAINT_ALPHA = 0.12;
const ROW_DASH = [2, 4];

// A canvas as large as its element, cleared, in pixels of the screen.
function freshCanvas(canvas, [width, height]) {
  const density = window.devicePixelRatio || 1;
  const size = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

const GRAPH_EDGES = {
  makeEdges() {
    const { graph } = this;
    this.edges = Array.from(graph.source, (a, e) => {
      const [, color, faint] = graph.groups[graph.edge_group[e]] ?? [];
      const share = graph.influenceOf(e) / graph.mostInfluence;
      return {
        a,
        b: graph.target[e],
        alpha: 0,
        width: THINNEST + (THICKEST - THINNEST) * share,
        color: color || "",
        opacity: faint ? FAINT_ALPHA : color ? GROUP_ALPHA : INK_ALPHA,
        standing: Boolean(graph.standing?.[e]),
      };
    });
  },

  drawEdges() {
    if (!this.frame) return;
    const context = freshCanvas(this.edgesCanvas, this.box);
    const looks = getComputedStyle(this.root);
    const [ink, accent] = ["--ink", "--accent"].map((name) => looks.getPropertyValue(name));
    const { x, y, scale } = this.frame;
    context.strokeStyle = looks.getPropertyValue("--line");
    context.setLineDash(ROW_DASH);
    this.rowHeights.forEach((at) => {
      context.beginPath();
      context.moveTo(0, at);
      context.lineTo(this.box[0], at);
      context.stroke();
    });
    context.setLineDash([]);
    context.translate(x, y);
    context.scale(scale, scale);
    context.lineCap = "round";
    for (const edge of this.edges) {
      if (edge.alpha < 0.01) continue;
      edge.curve = edgeCurve(this.vertices[edge.a].at, this.vertices[edge.b].at);
      context.globalAlpha = edge.alpha * (edge.standing ? 0.9 : edge.opacity);
      context.strokeStyle = edge.standing ? accent : edge.color || ink;
      context.lineWidth = edge.standing ? Math.max(2.5, edge.width) : edge.width;
      context.beginPath();
      context.moveTo(edge.curve[0], edge.curve[1]);
      context.bezierCurveTo(...edge.curve.slice(2));
      context.stroke();
    }
  },
};
