// Where the vertices of an attribution graph stand: one row per layer, the last layer on top.

const LARGEST = 74; // pixels: the side of the vertex with most images
const SMALLEST = 15;
const BETWEEN_VERTICES = 30; // pixels at 100 %
const BETWEEN_ROWS = 112;
const LEAST_ROW = 84;
const SWEEPS = 8;

// The rows' vertices from left to right, so that edges cross little: each vertex moves towards the
// mean place of those it is joined to (Sugiyama, Tagawa and Toda 1981), row by row, up and down.
function rowOrders(graph) {
  const rows = graph.layers.map(() => []);
  const by = Array.from(graph.layer, (_, i) => i).sort((a, b) => graph.size[b] - graph.size[a] || a - b);
  by.forEach((i, rank) => {
    const row = rows[graph.layer[i]];
    if (rank % 2) row.push(i); // the largest begin in the middle
    else row.unshift(i);
  });
  const joined = Array.from(graph.layer, () => [[], []]); // below, above: [vertex, weight]
  graph.source.forEach((a, e) => {
    const b = graph.target[e];
    const weight = graph.influenceOf(e);
    joined[b][0].push([a, weight]);
    joined[a][1].push([b, weight]);
  });
  const place = new Float64Array(graph.layer.length);
  const settle = (row) => row.forEach((i, at) => (place[i] = row.length < 2 ? 0 : at / (row.length - 1) - 0.5));
  rows.forEach(settle);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const up = sweep % 2 === 0;
    const order = rows.map((_, layer) => (up ? layer : rows.length - 1 - layer));
    for (const layer of order) {
      const wanted = new Map(rows[layer].map((i) => {
        const near = joined[i][up ? 0 : 1];
        const total = near.reduce((sum, [, weight]) => sum + weight, 0);
        return [i, total ? near.reduce((sum, [j, weight]) => sum + weight * place[j], 0) / total : place[i]];
      }));
      rows[layer].sort((a, b) => wanted.get(a) - wanted.get(b) || graph.channel[a] - graph.channel[b]);
      settle(rows[layer]);
    }
  }
  return rows;
}

// Centre and side of every vertex that is shown, [x, y, side] or null; each row around x = 0.
// The side goes with the root of the count, so that the area goes with the count.
function placeVertices(graph, rows, shown, across, down) {
  const most = Math.max(1, ...graph.size);
  const gap = (BETWEEN_VERTICES * across) / 100;
  const step = Math.max(LEAST_ROW, (BETWEEN_ROWS * down) / 100);
  const places = Array.from(graph.layer, () => null);
  rows.forEach((row, layer) => {
    const kept = row.filter((i) => shown[i]);
    const sides = kept.map((i) => Math.max(SMALLEST, LARGEST * Math.sqrt(graph.size[i] / most)));
    const slots = sides.map((side) => (side * Math.max(60, across)) / 100 + gap);
    let x = -slots.reduce((sum, slot) => sum + slot, 0) / 2;
    kept.forEach((i, at) => {
      places[i] = [x + slots[at] / 2, (rows.length - 1 - layer) * step, sides[at]];
      x += slots[at];
    });
  });
  return places;
}

// The curve of an edge from the lower vertex's top to the upper one's bottom.
function edgeCurve([x0, y0, side0], [x1, y1, side1]) {
  const [from, to] = [y0 - side0 / 2, y1 + side1 / 2];
  const middle = (from + to) / 2;
  return [x0, from, x0, middle, x1, middle, x1, to];
}

function curveAt([x0, y0, x1, y1, x2, y2, x3, y3], t) {
  const s = 1 - t;
  const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  return [a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3];
}
