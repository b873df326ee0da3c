// The student's evidence: for each class its weights as an image, the weights times the image, and
// teacher's and student's probability on one axis; createEvidence(element, data, on) knows no
// Streamlit. `data` is {key, height} and the parts rows and view (or null).

const EVIDENCE_STYLE = `
.evidence {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  --teacher: #5a86b8; --student: #e08a1e; --true: color-mix(in srgb, var(--st-red-color, #c4161c) 80%, var(--ink));
  position: relative; box-sizing: border-box; width: 100%; color: var(--ink);
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px); padding: 8px;
  font: 400 12px/1.3 var(--st-font, system-ui, sans-serif);
}
.evidence * { box-sizing: border-box; }
.evidence table { width: 100%; border-collapse: collapse; }
.evidence th { font-weight: 400; opacity: .72; font-size: 11px; text-align: left;
  padding: 0 4px 4px; }
.evidence td { padding: 1px 4px; vertical-align: middle; }
.evidence .name { max-width: 104px; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; padding-right: 8px; }
.evidence .true { color: var(--true); font-weight: 700; }
.evidence .image { width: 56px; }
.evidence td.image canvas { display: block; image-rendering: pixelated; border-radius: 2px;
  object-fit: contain; }
.evidence .bars { width: 100%; }
.evidence .bar { display: flex; align-items: center; gap: 5px; height: 12px; font-size: 11px;
  font-variant-numeric: tabular-nums; }
.evidence .bar div { height: 9px; border-radius: 0 2px 2px 0; min-width: 1px; }
.evidence .key i { display: inline-block; width: 9px; height: 9px; border-radius: 2px;
  margin: 0 4px 0 8px; vertical-align: -1px; }
.evidence .large { position: absolute; z-index: 4; padding: 6px; border: 1px solid var(--line);
  border-radius: 6px; background: var(--paper); box-shadow: 0 2px 12px rgba(0, 0, 0, .25);
  pointer-events: none; }
.evidence .large canvas { display: block; width: 196px; height: 196px; object-fit: contain;
  image-rendering: pixelated; }
.evidence .large[hidden] { display: none; }
`;

function createEvidence(element, data) {
  const table = new Evidence(element, data);
  table.update(data);
  return table;
}

class Evidence {
  constructor(element, data) {
    this.root = element.appendChild(newElement("div", "evidence"));
    const style = newElement("style");
    style.textContent = EVIDENCE_STYLE;
    this.table = newElement("table");
    this.large = newElement("div", "large");
    this.large.hidden = true;
    this.root.append(style, this.table, this.large);
  }

  update(data) {
    if (!("rows" in data) || data.rows === this.rows) return;
    this.rows = data.rows;
    this.large.hidden = true;
    this.root.dataset.classes = this.rows?.rows.length ?? 0;
    if (!this.rows) return this.table.replaceChildren();
    const { rows, side } = this.rows;
    const head = newElement("tr");
    const named = newElement("th", "name", "class");
    const weights = newElement("th", "image", "weights");
    const features = newElement("th", "image", "× image");
    for (const cell of [weights, features]) cell.style.width = `${side + 12}px`;
    weights.title = "The weights of the class, each class stretched alone: black small, white large";
    features.title = "Weights times image, all classes stretched together: white speaks most for a class";
    const key = newElement("th", "key", "");
    for (const [color, word] of [["--teacher", "teacher"], ["--student", "student"]]) {
      const dot = newElement("i");
      dot.style.background = `var(${color})`;
      key.append(dot, word);
    }
    head.append(named, weights, features, key);
    this.table.replaceChildren(head, ...rows.map((row, place) => this.row(row, place, side)));
  }

  row(row, place, side) {
    const line = newElement("tr");
    const name = newElement("td", `name${row.true ? " true" : ""}`, row.name);
    name.title = row.name;
    line.append(name, this.image("weights", row, place, side), this.image("features", row, place, side));
    const bars = newElement("td", "bars");
    for (const who of ["teacher", "student"]) {
      const bar = newElement("div", "bar");
      const length = newElement("div");
      length.style.cssText = `width: calc((100% - 34px) * ${row[who]}); background: var(--${who})`;
      bar.append(length, shortNumber(row[who]));
      bar.title = `${who}: ${row[who].toFixed(4)}`;
      bars.append(bar);
    }
    line.append(bars);
    return line;
  }

  image(which, row, place, side) {
    const cell = newElement("td", "image");
    const canvas = newElement("canvas");
    paintPicture(canvas, this.rows[which], place, this.rows.shape);
    canvas.style.cssText = `width:${side}px;height:${side}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${which === "weights" ? "Weights" : "Weights times image"} of ${row.name}`);
    canvas.addEventListener("pointerenter", () => this.enlarge(canvas, which, place));
    canvas.addEventListener("pointerleave", () => {
      this.large.hidden = true;
    });
    cell.append(canvas);
    return cell;
  }

  enlarge(small, which, place) {
    const canvas = newElement("canvas");
    paintPicture(canvas, this.rows[which], place, this.rows.shape);
    this.large.replaceChildren(canvas);
    this.large.hidden = false;
    const [box, at] = [this.root.getBoundingClientRect(), small.getBoundingClientRect()];
    const top = at.top - box.top + at.height / 2 - this.large.offsetHeight / 2;
    this.large.style.top = `${Math.max(2, Math.min(box.height - this.large.offsetHeight - 2, top))}px`;
    this.large.style.left = `${at.right - box.left + 8}px`;
  }

  destroy() {
    this.root.remove();
  }
}

export default function (component) {
  return mounted(component, ["rows", "view"], createEvidence);
}
