// Plane geometry of the map: the grid that finds the nearest point, lasso simplification, medians.

// Points in square cells, as one list ordered by cell. `x` and `y` say where point i is, in 0..65535.
function pointGrid(coded, first, n) {
  const side = Math.max(1, Math.min(256, Math.ceil(Math.sqrt(n / 3))));
  const shrink = side / 65536;
  const start = new Uint32Array(side * side + 1);
  const cell = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const at = 2 * (first + i);
    cell[i] = ((coded[at + 1] * shrink) | 0) * side + ((coded[at] * shrink) | 0);
    start[cell[i] + 1]++;
  }
  for (let c = 0; c < side * side; c++) start[c + 1] += start[c];
  const members = new Uint32Array(n);
  const next = start.slice();
  for (let i = 0; i < n; i++) members[next[cell[i]]++] = i;
  return { side, start, members, coded, first };
}

// The point nearest to (x, y) within radii (rx, ry), all in 0..65535, or -1.
function nearestPoint(grid, x, y, rx, ry, admits) {
  const { side, start, members, coded, first } = grid;
  const column = (value) => Math.max(0, Math.min(side - 1, Math.floor((value * side) / 65536)));
  let best = -1;
  let least = 1;
  for (let row = column(y - ry); row <= column(y + ry); row++) {
    for (let c = column(x - rx); c <= column(x + rx); c++) {
      for (let k = start[row * side + c]; k < start[row * side + c + 1]; k++) {
        const at = 2 * (first + members[k]);
        const distance = ((coded[at] - x) / rx) ** 2 + ((coded[at + 1] - y) / ry) ** 2;
        if (distance < least && admits(members[k])) {
          least = distance;
          best = members[k];
        }
      }
    }
  }
  return best;
}

// Douglas and Peucker: the corners needed so that none left out lies farther off than `tolerance`.
function simplifyPath(path, tolerance) {
  const keep = new Uint8Array(path.length);
  keep[0] = keep[path.length - 1] = 1;
  const open = [[0, path.length - 1]];
  while (open.length) {
    const [from, to] = open.pop();
    const [x0, y0] = path[from];
    const [x1, y1] = path[to];
    const length = Math.hypot(x1 - x0, y1 - y0);
    let farthest = -1;
    let most = tolerance;
    for (let i = from + 1; i < to; i++) {
      const [x, y] = path[i];
      const off =
        length === 0
          ? Math.hypot(x - x0, y - y0)
          : Math.abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0)) / length;
      if (off > most) {
        most = off;
        farthest = i;
      }
    }
    if (farthest < 0) continue;
    keep[farthest] = 1;
    open.push([from, farthest], [farthest, to]);
  }
  return path.filter((_, i) => keep[i]);
}

// A drawn path (pixels) as a polygon in data coordinates: at most 64 corners and 480 characters,
// so that it fits into a URL; at most five significant digits, and none finer than a tenth pixel.
function lassoPolygon(path, toData, scale) {
  const decimals = Math.max(0, Math.min(20, Math.ceil(Math.log10(10 * scale))));
  const round = (value) => Number(Number(value.toPrecision(5)).toFixed(decimals));
  for (let tolerance = 0.75; ; tolerance *= 1.25) {
    const corners = simplifyPath(path, tolerance);
    const polygon = corners.map((corner) => toData(corner).map(round));
    const short = JSON.stringify(polygon.flat()).length <= 480;
    if ((corners.length <= 64 && short) || corners.length <= 3) return polygon;
  }
}

// Median position of every category, null where it has no point: [[x, y] in 0..65535, ...].
function categoryMedians(coded, first, n, categories, firstCategory, count) {
  const start = new Uint32Array(count + 1);
  for (let i = 0; i < n; i++) start[categories[firstCategory + i] + 1]++;
  for (let c = 0; c < count; c++) start[c + 1] += start[c];
  const xs = new Uint16Array(n);
  const ys = new Uint16Array(n);
  const next = start.slice();
  for (let i = 0; i < n; i++) {
    const at = next[categories[firstCategory + i]]++;
    xs[at] = coded[2 * (first + i)];
    ys[at] = coded[2 * (first + i) + 1];
  }
  const medians = [];
  for (let c = 0; c < count; c++) {
    const middle = (start[c + 1] - start[c]) >> 1;
    const of = (values) => values.subarray(start[c], start[c + 1]).sort()[middle];
    medians.push(start[c + 1] > start[c] ? [of(xs), of(ys)] : null);
  }
  return medians;
}
