// The sheet of neighbours: pictures side by side in order, and the teacher's probabilities along
// that order below; createSheet(element, data, on) knows no Streamlit. `data` is {key, height} and
// the parts sheet and view (or null). Hovering a picture marks its place on the chart, and back.

const SHEET_STYLE = `
.sheet {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  position: relative; box-sizing: border-box; width: 100%; color: var(--ink);
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px); padding: 8px;
  font: 400 11px/1.3 var(--st-font, system-ui, sans-serif); outline: none;
}
.sheet * { box-sizing: border-box; }
.sheet .frame { position: relative; }
.sheet .mosaic { display: block; width: 100%; image-rendering: pixelated; border-radius: 3px;
  cursor: crosshair; }
.sheet .mark { position: absolute; box-shadow: 0 0 0 2px var(--paper), 0 0 0 4px #d64545;
  pointer-events: none; }
.sheet .mark[hidden], .sheet .card[hidden] { display: none; }
.sheet .card { position: absolute; z-index: 3; display: flex; gap: 8px; padding: 6px 8px 6px 6px;
  border: 1px solid var(--line); border-radius: 6px; background: var(--paper);
  box-shadow: 0 2px 10px rgba(0, 0, 0, .2); pointer-events: none; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.sheet .card canvas { width: 84px; height: 84px; object-fit: contain; image-rendering: pixelated;
  border-radius: 3px; }
.sheet .card b { font-weight: 600; }
.sheet .card i { display: inline-block; width: 9px; height: 9px; border-radius: 2px;
  margin-right: 5px; }
.sheet svg { display: block; width: 100%; overflow: visible; margin-top: 8px;
  cursor: crosshair; }
.sheet .rule { stroke: var(--ink); stroke-opacity: .16; }
.sheet .cursor { stroke: #d64545; stroke-width: 1; }
.sheet text { fill: var(--ink); fill-opacity: .7; font: inherit; }
.sheet .legend { display: flex; flex-wrap: wrap; gap: 2px 12px; margin-top: 2px; }
.sheet .legend i { display: inline-block; width: 12px; height: 3px; border-radius: 2px;
  margin-right: 5px; vertical-align: middle; }
`;

const LEFT = 24; // for the numbers of the chart's axis
const CHART_TOP = 5;
const CHART_BOTTOM = 16;

// The mean of each value with its neighbours in the order, `width` values in all; fewer at the ends.
function runningMean(values, width) {
  const half = Math.floor(width / 2);
  return values.map((_, place) => {
    const some = values.slice(Math.max(0, place - half), place + half + 1);
    return some.reduce((sum, value) => sum + value, 0) / some.length;
  });
}

function createSheet(element, data) {
  const sheet = new Sheet(element, data);
  sheet.update(data);
  return sheet;
}

class Sheet {
  constructor(element, data) {
    this.parts = { sheet: null, view: null };
    this.root = element.appendChild(newElement("div", "sheet"));
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "group");
    const style = newElement("style");
    style.textContent = SHEET_STYLE;
    this.frame = newElement("div", "frame");
    this.mosaic = newElement("canvas", "mosaic");
    this.mark = newElement("div", "mark");
    this.chart = newShape("svg", {});
    this.legend = newElement("div", "legend");
    this.card = newElement("div", "card");
    this.mark.hidden = this.card.hidden = true;
    this.frame.append(this.mosaic, this.mark);
    this.root.append(style, this.frame, this.chart, this.legend, this.card);
    const leave = () => this.point(null);
    this.mosaic.addEventListener("pointermove", (event) => this.overMosaic(event));
    this.mosaic.addEventListener("pointerleave", leave);
    this.chart.addEventListener("pointermove", (event) => this.overChart(event));
    this.chart.addEventListener("pointerleave", leave);
    this.root.addEventListener("keydown", (event) => this.press(event));
    this.root.addEventListener("blur", leave);
    this.resizing = new ResizeObserver(() => this.later());
    this.resizing.observe(this.frame);
  }

  update(data) {
    if (data.height) this.height = data.height;
    if ("view" in data) this.parts.view = data.view;
    if ("sheet" in data && data.sheet !== this.parts.sheet) {
      this.parts.sheet = data.sheet;
      this.point(null);
      this.paint();
    }
    this.later();
  }

  later() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.drawChart();
    });
  }

  // As many columns as keep the mosaic half as high as it is wide.
  get columns() {
    const { order, shape } = this.parts.sheet;
    return Math.max(1, Math.ceil(Math.sqrt((2.25 * order.length * shape[0]) / shape[1])));
  }

  get rows() {
    return Math.ceil(this.parts.sheet.order.length / this.columns);
  }

  paint() {
    const { sheet } = this.parts;
    this.root.dataset.neighbors = sheet?.order.length ?? 0;
    if (!sheet) return;
    const [height, width, channels] = sheet.shape;
    this.root.setAttribute("aria-label", `${sheet.order.length} of ${sheet.n} neighbours in order`);
    this.mosaic.width = this.columns * width;
    this.mosaic.height = this.rows * height;
    const context = this.mosaic.getContext("2d");
    context.clearRect(0, 0, this.mosaic.width, this.mosaic.height);
    const one = newElement("canvas");
    for (let place = 0; place < sheet.order.length; place++) {
      paintPicture(one, sheet.pixels, place, [height, width, channels]);
      context.drawImage(one, (place % this.columns) * width, Math.floor(place / this.columns) * height);
    }
    this.legend.replaceChildren(...sheet.names.map((name, place) => {
      const entry = newElement("span");
      const color = newElement("i");
      color.style.background = sheet.colors[place];
      entry.append(color, name);
      return entry;
    }));
  }

  drawChart() {
    const { sheet } = this.parts;
    const width = this.frame.clientWidth;
    if (!sheet || !width) return;
    const height = this.height;
    this.chart.setAttribute("height", height);
    this.chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const bottom = height - CHART_BOTTOM;
    this.x = (place) => LEFT + ((place + 0.5) / sheet.n) * (width - LEFT - 4);
    const y = (p) => bottom - p * (bottom - CHART_TOP);
    const nodes = [];
    for (const share of [0, 0.5, 1]) {
      nodes.push(newShape("line", { class: "rule", x1: LEFT, x2: width, y1: y(share), y2: y(share) }));
      nodes.push(newShape("text", { x: LEFT - 4, y: y(share) + 3.5, "text-anchor": "end" }, String(share)));
    }
    const line = (values, color, opacity) => {
      const points = Array.from(values, (p, place) => `${this.x(place).toFixed(1)},${y(p).toFixed(1)}`);
      nodes.push(newShape("polyline", {
        points: points.join(" "), fill: "none", stroke: color, "stroke-width": 1.5, "stroke-opacity": opacity,
      }));
    };
    const classes = sheet.colors.length;
    const each = sheet.colors.map((_, class_) =>
      Float64Array.from({ length: sheet.n }, (_, place) => sheet.probability[place * classes + class_]));
    if (sheet.mean > 1) each.forEach((values, class_) => line(values, sheet.colors[class_], 0.16));
    each.forEach((values, class_) => line(runningMean(values, sheet.mean), sheet.colors[class_], 1));
    nodes.push(newShape("text", { x: LEFT, y: height - 3 }, "first neighbour"));
    nodes.push(newShape("text", { x: width, y: height - 3, "text-anchor": "end" }, "last"));
    this.cursor = newShape("line", { class: "cursor", y1: CHART_TOP, y2: bottom, visibility: "hidden" });
    nodes.push(this.cursor);
    this.chart.replaceChildren(...nodes);
    if (this.at !== null && this.at !== undefined) this.point(this.at);
  }

  overMosaic(event) {
    const box = this.mosaic.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.rows);
    const place = row * this.columns + column;
    this.point(place < this.parts.sheet.order.length && column < this.columns ? place : null);
  }

  overChart(event) {
    const { order, n } = this.parts.sheet;
    const box = this.chart.getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / (box.width - LEFT - 4);
    const neighbor = Math.max(0, Math.min(n - 1, share * n - 0.5));
    let nearest = 0;
    order.forEach((one, place) => {
      if (Math.abs(one - neighbor) < Math.abs(order[nearest] - neighbor)) nearest = place;
    });
    this.point(nearest);
  }

  press(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns };
    if (!(event.key in steps) || !this.parts.sheet) return;
    event.preventDefault();
    event.stopPropagation();
    const last = this.parts.sheet.order.length - 1;
    this.point(Math.max(0, Math.min(last, (this.at ?? -1) + steps[event.key])));
  }

  // Shows one picture large with the teacher's answer, and its place in the order.
  point(place) {
    this.at = place;
    this.mark.hidden = this.card.hidden = place === null;
    this.cursor?.setAttribute("visibility", place === null ? "hidden" : "visible");
    if (place === null) return;
    const { sheet } = this.parts;
    const neighbor = sheet.order[place];
    const wide = this.frame.clientWidth / this.columns;
    const high = this.mosaic.clientHeight / this.rows;
    const [column, row] = [place % this.columns, Math.floor(place / this.columns)];
    this.mark.style.cssText = `left:${column * wide}px;top:${row * high}px;width:${wide}px;height:${high}px`;
    const x = this.x?.(neighbor) ?? 0;
    this.cursor?.setAttribute("x1", x);
    this.cursor?.setAttribute("x2", x);
    const canvas = newElement("canvas");
    paintPicture(canvas, sheet.pixels, place, sheet.shape);
    const words = newElement("div");
    words.append(newElement("b", "", `${neighbor + 1} of ${sheet.n}`));
    const classes = sheet.colors.length;
    const told = sheet.names.map((name, class_) => ({
      name, color: sheet.colors[class_], p: sheet.probability[neighbor * classes + class_],
    }));
    told.sort((a, b) => b.p - a.p);
    for (const { name, color, p } of told.slice(0, 4)) {
      const line = newElement("div");
      const dot = newElement("i");
      dot.style.background = color;
      line.append(dot, `${name} ${shortNumber(p)}`);
      words.append(line);
    }
    this.card.replaceChildren(canvas, words);
    const right = column >= this.columns / 2;
    const top = Math.min(Math.max(4, row * high - 20), Math.max(4, this.root.clientHeight - this.card.offsetHeight - 4));
    const left = right ? column * wide - this.card.offsetWidth - 4 : (column + 1) * wide + 20;
    this.card.style.left = `${Math.max(2, left)}px`;
    this.card.style.top = `${top}px`;
  }

  destroy() {
    cancelAnimationFrame(this.pending);
    this.resizing.disconnect();
    this.root.remove();
  }
}

export default function (component) {
  return mounted(component, ["sheet", "view"], createSheet);
}
