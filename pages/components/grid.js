// The image grid: createGrid(element, data, on) builds only the rows in sight and knows no
// Streamlit; the last function of the file is the adapter that does.
// `data` is {key, height} and the parts images and view (or null).

const GRID_STYLE = `
.grid {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  --accent: var(--st-primary-color, #ff4b4b);
  --wrong: var(--st-red-color, #e5484d);
  position: relative; box-sizing: border-box; width: 100%; color: var(--ink); overflow: hidden;
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px);
  font: 400 12px/1.35 var(--st-font, system-ui, sans-serif);
}
.grid * { box-sizing: border-box; }
.grid .scroll { position: absolute; inset: 0; overflow-y: auto; scrollbar-width: thin; }
.grid .rows { position: relative; margin: 6px; }
.grid .cell { position: absolute; padding: 0; border: 2px solid transparent; border-radius: 4px;
  cursor: pointer; outline: none; }
.grid .cell img { display: block; width: 100%; height: 100%; object-fit: contain;
  image-rendering: pixelated; border-radius: 2px; background: var(--panel); }
.grid .cell.wrong { border-color: var(--wrong); }
.grid .cell.wrong::after { content: ""; position: absolute; top: -1px; right: -1px;
  border: 5px solid transparent; border-top-color: var(--wrong); border-right-color: var(--wrong);
  border-top-right-radius: 2px; filter: drop-shadow(0 0 .5px var(--paper)); }
.grid .cell.hovered { box-shadow: 0 0 0 1.5px var(--ink); }
.grid .cell.picked { box-shadow: 0 0 0 1px var(--paper), 0 0 0 3px var(--ink); z-index: 1; }
.grid .cell:focus-visible { box-shadow: 0 0 0 2px var(--accent); z-index: 2; }
.grid .words { position: absolute; inset: 0; display: grid; place-items: center; opacity: .7;
  padding: 12px; text-align: center; }
.grid .words:empty { display: none; }
.grid .tip { position: absolute; z-index: 3; left: 0; top: 0; max-width: calc(100% - 8px);
  padding: 2px 8px; border: 1px solid var(--line); border-radius: 6px; background: var(--paper);
  box-shadow: 0 2px 10px rgba(0, 0, 0, .18); pointer-events: none; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis; font-variant-numeric: tabular-nums; }
.grid .tip[hidden] { display: none; }
.grid .tip b { font-weight: 600; }
`;

const GAP = 4; // pixels between cells
const FRAME = 2; // the border of a cell
const MARGIN = 6; // around all cells
const SPARE_ROWS = 3; // rows built beyond those in sight, above and below

function createGrid(element, data, on) {
  const grid = new ImageGrid(element, data, on);
  grid.update(data);
  return grid;
}

class ImageGrid {
  constructor(element, data, on) {
    this.key = data.key;
    this.on = on;
    this.images = null;
    this.view = null;
    this.cells = new Map(); // place in the list -> element
    this.current = 0; // the place that Tab reaches
    this.root = element.appendChild(document.createElement("div"));
    this.root.className = "grid";
    const style = document.createElement("style");
    style.textContent = GRID_STYLE;
    const part = (className) => {
      const div = document.createElement("div");
      div.className = className;
      return div;
    };
    [this.scroll, this.rows, this.words, this.tip] = ["scroll", "rows", "words", "tip"].map(part);
    this.tip.hidden = true;
    this.rows.setAttribute("role", "listbox");
    this.scroll.append(this.rows);
    this.root.append(style, this.scroll, this.words, this.tip);
    this.listen();
  }

  listen() {
    this.stopListening = new AbortController();
    const { signal } = this.stopListening;
    this.scroll.addEventListener("scroll", () => this.later(), { passive: true });
    this.resizing = new ResizeObserver(() => this.later());
    this.resizing.observe(this.scroll);
    const cellOf = (event) => event.target.closest?.(".cell");
    this.rows.addEventListener("pointerover", (event) => this.hover(cellOf(event)));
    this.rows.addEventListener("pointerleave", () => this.hover(null));
    this.rows.addEventListener("focusin", (event) => this.hover(cellOf(event)));
    this.rows.addEventListener("focusout", () => this.hover(null));
    this.rows.addEventListener("click", (event) => this.pick(cellOf(event)));
    this.rows.addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("darkroom:hover", ({ detail }) => {
      const { source, study, sample } = detail;
      if (source === this.key || study !== (this.view?.study ?? "")) return;
      this.lit = sample;
      this.cells.forEach((cell, place) =>
        cell.classList.toggle("hovered", this.images.ids[place] === sample));
    }, { signal });
  }

  update(data) {
    if (data.height) this.root.style.height = `${data.height}px`;
    const pickedBefore = this.view?.picked ?? null;
    const imagesBefore = this.images;
    if ("images" in data && data.images !== this.images) this.hover(null);
    if ("images" in data) this.images = data.images;
    if ("view" in data) this.view = data.view;
    if (this.images !== imagesBefore) {
      this.scroll.scrollTop = 0;
      this.current = 0;
      this.cells.forEach((cell) => cell.remove());
      this.cells.clear();
    } else this.markPicked(); // the cells stay, and with them the keyboard's focus
    this.words.textContent = this.images && this.view && !this.images.n ? this.view.empty : "";
    this.root.dataset.images = this.images?.n ?? 0;
    this.rows.setAttribute("aria-label", `${this.images?.n ?? 0} images`);
    this.draw();
    const picked = this.view?.picked ?? null;
    if (picked !== null && picked !== pickedBefore && this.images) {
      const place = this.images.ids.indexOf(picked);
      if (place >= 0) {
        this.current = place;
        this.show(place, true);
      }
    }
  }

  later() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.draw();
    });
  }

  get step() {
    return this.view.size + 2 * FRAME + GAP;
  }

  get columns() {
    const room = this.scroll.clientWidth - 2 * MARGIN + GAP;
    return Math.max(1, Math.floor(room / this.step));
  }

  draw() {
    if (!this.images || !this.view || !this.scroll.clientWidth) return;
    const { columns, step } = this;
    const { n } = this.images;
    if (columns !== this.columnsDrawn || step !== this.stepDrawn) {
      this.cells.forEach((cell) => cell.remove());
      this.cells.clear();
      [this.columnsDrawn, this.stepDrawn] = [columns, step];
    }
    this.rows.style.height = `${Math.max(0, Math.ceil(n / columns) * step - GAP)}px`;
    const { scrollTop, clientHeight } = this.scroll;
    const from = Math.max(0, Math.floor((scrollTop - MARGIN) / step) - SPARE_ROWS) * columns;
    const to = Math.min(n, (Math.ceil((scrollTop + clientHeight) / step) + SPARE_ROWS) * columns);
    for (const [place, cell] of this.cells) {
      // The cell in focus stays: taking it away would throw the keyboard out of the grid.
      if ((place < from || place >= to) && !cell.matches(":focus")) {
        cell.remove();
        this.cells.delete(place);
      }
    }
    for (let place = from; place < to; place++) {
      if (!this.cells.has(place)) this.build(place, columns, step);
    }
    this.cells.forEach((cell, place) => {
      cell.tabIndex = place === this.current ? 0 : -1;
    });
    if (!this.cells.has(this.current) && this.cells.size) {
      this.cells.values().next().value.tabIndex = 0;
    }
  }

  build(place, columns, step) {
    const { images, view } = this;
    const id = images.ids[place];
    const wrong = (images.wrong[place >> 3] >> (7 - (place & 7))) & 1;
    const cell = document.createElement("div");
    cell.className = `cell${wrong ? " wrong" : ""}${id === view.picked ? " picked" : ""}${id === this.lit ? " hovered" : ""}`;
    cell.dataset.place = place;
    cell.dataset.sample = id;
    cell.setAttribute("role", "option");
    cell.setAttribute("aria-selected", String(id === view.picked));
    cell.setAttribute("aria-posinset", place + 1);
    cell.setAttribute("aria-setsize", images.n);
    const edge = view.size + 2 * FRAME;
    cell.style.cssText = `left:${(place % columns) * step}px;top:${Math.floor(place / columns) * step}px;width:${edge}px;height:${edge}px`;
    const image = document.createElement("img");
    image.loading = "lazy";
    image.decoding = "async";
    image.draggable = false;
    image.alt = `#${id}: ${this.caption(place)}${wrong ? ", wrong" : ""}`;
    image.src = Array.isArray(images.thumbnails)
      ? images.thumbnails[place]
      : images.thumbnails.replaceAll("{id}", id);
    cell.append(image);
    this.cells.set(place, cell);
    this.rows.append(cell);
    return cell;
  }

  caption(place) {
    return this.images.captions[this.images.caption[place]];
  }

  hover(cell) {
    const place = cell ? Number(cell.dataset.place) : -1;
    if (place === (this.hoveredPlace ?? -1)) return;
    this.hoveredPlace = place;
    this.tip.hidden = !cell;
    if (cell) {
      const number = document.createElement("b");
      number.textContent = `#${this.images.ids[place]}`;
      const wrong = cell.classList.contains("wrong") ? " ✗" : "";
      this.tip.replaceChildren(number, ` ${this.caption(place)}${wrong}`);
      const box = this.root.getBoundingClientRect();
      const at = cell.getBoundingClientRect();
      const [width, height] = [this.tip.offsetWidth, this.tip.offsetHeight];
      const x = at.left - box.left + at.width / 2 - width / 2;
      const above = at.top - box.top - height - 4;
      const y = above >= 2 ? above : at.bottom - box.top + 4;
      const left = Math.max(3, Math.min(box.width - width - 5, x));
      this.tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(y)}px)`;
    }
    const sample = place < 0 ? null : this.images?.ids[place] ?? null;
    const detail = { study: this.view?.study ?? "", sample, source: this.key };
    window.dispatchEvent(new CustomEvent("darkroom:hover", { detail }));
  }

  pick(cell) {
    if (!cell) return;
    const place = Number(cell.dataset.place);
    this.current = place;
    this.view = { ...this.view, picked: this.images.ids[place] };
    this.markPicked();
    this.draw();
    cell.focus({ preventScroll: true });
    this.on({ kind: "pick", sample: this.images.ids[place] });
  }

  markPicked() {
    this.cells.forEach((cell, place) => {
      const picked = this.images.ids[place] === (this.view?.picked ?? null);
      cell.classList.toggle("picked", picked);
      cell.setAttribute("aria-selected", String(picked));
    });
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.images.n - 1;
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / this.step)) * this.columns;
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns,
      PageUp: -page, PageDown: page, Home: -last, End: last,
    };
    if (event.key === "Enter" || event.key === " ") this.pick(event.target.closest(".cell"));
    else if (event.key in steps) {
      const place = this.current + steps[event.key];
      const row = Math.abs(steps[event.key]) === this.columns; // up and down stop at the ends
      if (!row || (place >= 0 && place <= last)) this.focus(Math.max(0, Math.min(last, place)));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  focus(place) {
    this.current = place;
    this.show(place);
    this.cells.get(place)?.focus({ preventScroll: true });
  }

  show(place, inTheMiddle = false) {
    const top = Math.floor(place / this.columns) * this.step;
    const { scrollTop, clientHeight } = this.scroll;
    const bottom = top + this.step + 2 * MARGIN;
    if (top >= scrollTop && bottom <= scrollTop + clientHeight) return;
    if (inTheMiddle) this.scroll.scrollTop = top - clientHeight / 2 + this.step / 2;
    else if (top < scrollTop) this.scroll.scrollTop = top;
    else this.scroll.scrollTop = bottom - clientHeight;
    this.draw();
  }

  destroy() {
    this.hover(null);
    cancelAnimationFrame(this.pending);
    this.resizing.disconnect();
    this.stopListening.abort();
    this.root.remove();
  }
}

export default function (component) {
  return mounted(component, ["images", "view"], createGrid);
}
