// The list of classes: createClassList(element, data, on) builds only the rows in sight and knows no
// Streamlit; the last function of the file is the adapter that does.
// `data` is {key, height} and the parts classes, similarity and view (or null).

const ROW = 32; // pixels
const SPARE = 6; // rows built beyond those in sight, above and below
const ORDERS = [
  ["similarity", "by similarity"],
  ["accuracy_down", "best accuracy first"],
  ["accuracy_up", "worst accuracy first"],
];

function listPart(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function createClassList(element, data, on) {
  const list = new ClassList(element, data, on);
  list.update(data);
  return list;
}

class ClassList {
  constructor(element, data, on) {
    this.key = data.key;
    this.on = on;
    this.built = new Map(); // place in the order -> row
    this.order = [];
    this.current = 0; // the place in the order that Tab reaches
    this.root = element.appendChild(listPart("div", "classlist"));
    const tools = listPart("div", "tools");
    this.search = listPart("input");
    this.search.type = "search";
    this.search.setAttribute("aria-label", "Find a class");
    this.sorts = listPart("select");
    this.sorts.setAttribute("aria-label", "Order of the classes");
    for (const [value, words] of ORDERS) {
      const option = listPart("option", "", words);
      option.value = value;
      this.sorts.append(option);
    }
    tools.append(this.search, this.sorts);
    this.heads = listPart("div", "row heads");
    this.top = listPart("div");
    this.scroll = listPart("div", "scroll");
    this.rows = listPart("div", "rows");
    this.rows.setAttribute("role", "listbox");
    this.words = listPart("div", "words");
    this.foot = listPart("div", "foot");
    this.scroll.append(this.rows, this.words);
    this.root.append(
      listPart("style", "", CLASS_LIST_STYLE), tools, this.heads, this.top, this.scroll, this.foot,
    );
    this.listen();
  }

  listen() {
    this.stopListening = new AbortController();
    const { signal } = this.stopListening;
    this.search.addEventListener("input", () => this.reorder(true));
    this.search.addEventListener("keydown", (event) => {
      event.stopPropagation(); // letters and arrows are the box's own
      if (event.key === "Enter" && this.order.length) this.pick(this.order[0]);
      if (event.key === "ArrowDown") this.focus(0);
    });
    this.sorts.addEventListener("change", () => {
      this.view.sort = this.sorts.value;
      this.reorder(true);
      this.on({ kind: "sort", value: this.view.sort });
    });
    this.scroll.addEventListener("scroll", () => this.later(), { passive: true });
    this.resizing = new ResizeObserver(() => this.later());
    this.resizing.observe(this.scroll);
    const indexOf = (event) => {
      const row = event.target.closest?.(".rows .row");
      return row ? Number(row.dataset.index) : -1;
    };
    this.rows.addEventListener("pointerover", (event) => this.hover(indexOf(event)));
    this.rows.addEventListener("pointerleave", () => this.hover(-1));
    this.rows.addEventListener("focusin", (event) => this.hover(indexOf(event)));
    this.rows.addEventListener("focusout", () => this.hover(-1));
    this.rows.addEventListener("click", (event) => {
      const second = event.target.closest("button") || event.altKey;
      this.pick(indexOf(event), Boolean(second));
    });
    this.rows.addEventListener("keydown", (event) => this.press(event, indexOf(event)));
    window.addEventListener("darkroom:class", ({ detail }) => {
      if (detail.source === this.key || detail.study !== this.view?.study) return;
      this.lit = detail.class;
      this.built.forEach((row) => this.mark(row));
    }, { signal });
    window.addEventListener("darkroom:ask-sight", () => this.tellSight(true), { signal });
  }

  update(data) {
    if (data.height) this.root.style.height = `${data.height}px`;
    const before = { picked: this.view?.picked, sort: this.view?.sort, layer: this.similarity?.layer };
    if ("classes" in data && data.classes !== this.classes) {
      this.classes = data.classes;
      this.numbered = new Map(Array.from(this.classes?.ids ?? [], (number, i) => [number, i]));
      this.head();
    }
    if ("similarity" in data) this.similarity = data.similarity;
    if ("view" in data && data.view) this.view = { ...data.view };
    if (!this.classes || !this.similarity || !this.view) return;
    if (!this.knows && this.view.sort !== "similarity") this.view.sort = "similarity";
    this.sorts.value = this.view.sort;
    const moved = before.picked !== this.view.picked || before.sort !== this.view.sort;
    this.reorder(moved && this.view.sort === "similarity");
  }

  get knows() {
    return Boolean(this.classes?.accuracy);
  }

  head() {
    if (!this.classes) return;
    const { names, counted, missing } = this.classes;
    this.search.placeholder = `Find among ${names.length.toLocaleString("en")} classes`;
    this.root.classList.toggle("bare", !this.knows);
    const heads = [["name", "class"], ["", "similarity"]];
    if (this.knows) heads.push(["right", "accuracy"], ["", "p of class"], ["", ""]);
    else heads.push(["right", ""], ["", ""]);
    this.heads.replaceChildren(...heads.map(([name, words]) => listPart("span", name, words)));
    for (const option of this.sorts.options) option.disabled = !this.knows && option.value !== "similarity";
    this.foot.textContent = this.knows ? counted : missing;
    this.foot.title = this.foot.textContent;
  }

  // The order of the classes: without the chosen one, which stands on top, and what is not sought.
  reorder(toTop) {
    const { names, ids, accuracy } = this.classes;
    const { values } = this.similarity;
    const wanted = this.search.value.trim().toLowerCase();
    const known = (value, otherwise) => (Number.isNaN(value) ? otherwise : value);
    const found = [];
    for (let i = 0; i < names.length; i++) {
      if (ids[i] !== this.view.picked && (!wanted || names[i].toLowerCase().includes(wanted))) found.push(i);
    }
    const like = (i) => -known(values[i], -2);
    const by = {
      similarity: like,
      accuracy_down: (i) => -known(accuracy?.[i] ?? NaN, -2),
      accuracy_up: (i) => known(accuracy?.[i] ?? NaN, 2),
    }[this.view.sort];
    this.order = found.sort((a, b) => by(a) - by(b) || like(a) - like(b) || a - b);
    this.words.textContent = found.length || names.length < 2 ? "" : `No class has “${wanted}” in its name.`;
    this.built.forEach((row) => row.remove());
    this.built.clear();
    this.current = Math.min(this.current, Math.max(0, this.order.length - 1));
    if (toTop) [this.scroll.scrollTop, this.current] = [0, 0];
    const top = this.numbered.get(this.view.picked);
    this.top.replaceChildren(...(top === undefined ? [] : [this.row(top, "row top")]));
    this.rows.style.height = `${ROW * this.order.length}px`;
    this.root.dataset.classes = names.length;
    this.root.dataset.found = this.order.length;
    this.rows.setAttribute("aria-label", `${this.order.length} classes`);
    this.draw();
  }

  later() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.draw();
    });
  }

  draw() {
    if (!this.order || !this.classes || !this.scroll.clientHeight) return;
    const { scrollTop, clientHeight } = this.scroll;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
    const last = Math.min(this.order.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
    for (const [place, row] of this.built) {
      // The row in focus stays: taking it away would throw the keyboard out of the list.
      if ((place < first || place >= last) && !row.contains(document.activeElement)) {
        row.remove();
        this.built.delete(place);
      }
    }
    for (let place = first; place < last; place++) {
      if (this.built.has(place)) continue;
      const row = this.row(this.order[place], "row");
      row.style.top = `${place * ROW}px`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-posinset", place + 1);
      row.setAttribute("aria-setsize", this.order.length);
      this.built.set(place, row);
      this.rows.append(row);
    }
    this.built.forEach((row, place) => (row.tabIndex = place === this.current ? 0 : -1));
    this.tellSight();
  }

  row(i, className) {
    const { names, ids, accuracy, images, histogram, bins } = this.classes;
    const row = listPart("div", className);
    const like = this.similarity.values[i];
    row.dataset.index = i;
    row.dataset.class = ids[i];
    const name = listPart("span", "name", names[i]);
    const bar = listPart("span", "like");
    const fill = listPart("i");
    fill.style.width = `${100 * Math.max(0, Math.min(1, like || 0))}%`;
    bar.append(fill);
    const said = Number.isNaN(like) ? "unknown" : like.toFixed(2);
    bar.title = `cosine similarity in ${this.similarity.layer}: ${said}`;
    row.append(name, bar);
    let tip = `${names[i]} (class ${ids[i]})\n${bar.title}`;
    if (this.knows) {
      const share = accuracy[i];
      row.append(listPart("span", "right", Number.isNaN(share) ? "–" : `${Math.round(100 * share)} %`));
      const counts = Array.from(histogram.subarray(i * bins, (i + 1) * bins));
      const drawn = images[i] ? smallHistogram(counts, 64, 22) : listPart("span");
      row.append(drawn);
      tip += `\naccuracy ${Number.isNaN(share) ? "unknown" : share.toFixed(3)}, n = ${images[i]}`;
      tip += `\n${histogramWords(counts)}`;
    } else row.append(listPart("span", "right", said));
    row.title = tip;
    if (className === "row") {
      const button = listPart("button", "", "⇄");
      button.type = "button";
      button.tabIndex = -1;
      button.title = "Compare with the chosen class (Alt and Enter)";
      row.append(button);
    } else row.append(listPart("span"));
    this.mark(row);
    return row;
  }

  mark(row) {
    const number = Number(row.dataset.class);
    row.classList.toggle("hovered", number === this.lit);
    row.classList.toggle("second", number === this.view.second);
    row.setAttribute("aria-selected", String(number === this.view.picked));
  }

  // Tells the map which classes are in sight.
  tellSight(always = false) {
    if (!this.view) return;
    const first = Math.floor(this.scroll.scrollTop / ROW);
    const last = Math.ceil((this.scroll.scrollTop + this.scroll.clientHeight) / ROW);
    const classes = this.order.slice(first, last).map((i) => this.classes.ids[i]);
    const said = classes.join();
    if (said === this.toldSight && !always) return;
    this.toldSight = said;
    const detail = { study: this.view.study, classes };
    window.dispatchEvent(new CustomEvent("darkroom:sight", { detail }));
  }

  hover(i) {
    const number = i < 0 ? null : this.classes.ids[i];
    if (number === (this.told ?? null)) return;
    this.told = number;
    const detail = { study: this.view.study, class: number, source: this.key };
    window.dispatchEvent(new CustomEvent("darkroom:class", { detail }));
  }

  pick(i, second = false) {
    if (i < 0) return;
    const number = this.classes.ids[i];
    if (second) this.view.second = number;
    this.built.forEach((row) => this.mark(row));
    this.on({ kind: second ? "second" : "pick", value: number });
  }

  press(event, i) {
    if (event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / ROW) - 1);
    const last = this.order.length - 1;
    const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -last, End: last };
    if (event.key === "Enter" || event.key === " ") this.pick(i, event.altKey);
    else if (event.key in steps) this.focus(Math.max(0, Math.min(last, this.current + steps[event.key])));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  focus(place) {
    if (place >= this.order.length) return;
    this.current = place;
    const { scrollTop, clientHeight } = this.scroll;
    if (place * ROW < scrollTop) this.scroll.scrollTop = place * ROW;
    else if ((place + 1) * ROW > scrollTop + clientHeight) this.scroll.scrollTop = (place + 1) * ROW - clientHeight;
    this.draw();
    this.built.get(place)?.focus({ preventScroll: true });
  }

  destroy() {
    this.hover(-1);
    cancelAnimationFrame(this.pending);
    this.resizing.disconnect();
    this.stopListening.abort();
    this.root.remove();
  }
}

export default function (component) {
  return mounted(component, ["classes", "similarity", "view"], createClassList);
}
