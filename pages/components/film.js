// Two methods against each other on one picture: their maps, the film of the picture while its
// pixels are deleted or inserted in each map's order, and all curves on one chart;
// createFilm(element, data, on) knows no Streamlit. `data` is {key, height} and the parts film and
// view (or null). Nothing goes back to the server: scrubber and playing are the browser's own.

const FILM_STYLE = `
.film {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  position: relative; box-sizing: border-box; width: 100%; color: var(--ink);
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px); padding: 8px 10px;
  font: 400 12px/1.35 var(--st-font, system-ui, sans-serif);
}
.film * { box-sizing: border-box; }
.film .two { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 10px; }
.film .name { display: flex; align-items: center; gap: 6px; font-weight: 600; min-width: 0; }
.film .name span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.film .name i { flex: none; padding: 0 5px; border-radius: 3px; color: #fff; font-style: normal;
  font-weight: 700; font-size: 11px; }
.film canvas { display: block; width: 100%; max-height: 190px; object-fit: contain; object-position: left;
  image-rendering: pixelated; border-radius: 3px; background: var(--panel); }
.film .told { font-size: 11px; font-variant-numeric: tabular-nums; min-height: 15px; }
.film .none { display: flex; align-items: center; justify-content: center; text-align: center;
  height: 150px; border-radius: 3px; background: var(--panel); padding: 8px; }
.film .run { display: flex; align-items: center; gap: 8px; margin: 8px 0 2px; }
.film .run input { flex: 1; min-width: 60px; accent-color: var(--st-primary-color, #ff4b4b); }
.film .run button { font: inherit; color: inherit; background: var(--paper); cursor: pointer;
  border: 1px solid var(--line); border-radius: 4px; padding: 2px 8px; }
.film .run .play { min-width: 62px; }
.film .games { display: inline-flex; }
.film .games button:first-child { border-radius: 4px 0 0 4px; border-right: 0; }
.film .games button:last-child { border-radius: 0 4px 4px 0; }
.film .games button[aria-pressed=true] { background: var(--panel); font-weight: 600; }
.film button:focus-visible, .film input:focus-visible {
  outline: 2px solid var(--st-primary-color, #ff4b4b); outline-offset: 1px; }
.film svg { display: block; width: 100%; overflow: visible; margin-top: 4px; cursor: ew-resize;
  touch-action: none; }
.film svg text { fill: var(--ink); fill-opacity: .7; font: inherit; font-size: 11px; }
.film .rule { stroke: var(--ink); stroke-opacity: .15; }
.film .cursor { stroke: var(--ink); stroke-opacity: .6; }
.film .legend { display: flex; flex-wrap: wrap; gap: 0 14px; font-size: 11px; }
.film .legend svg { display: inline-block; width: 22px; height: 8px; margin: 0 5px 0 0; }
`;

const PLAY_SECONDS = 6; // from the first step to the last
const LEFT_EDGE = 26;
const BELOW = 17;
const GAMES = { deletion: "Deletion", insertion: "Insertion" };

function createFilm(element, data) {
  const film = new Film(element, data);
  film.update(data);
  return film;
}

class Film {
  constructor(element, data) {
    this.parts = { film: null, view: null };
    this.game = "deletion";
    this.step = 0;
    this.height = data.height || 150;
    this.root = element.appendChild(newElement("div", "film"));
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Two methods compared");
    const style = newElement("style");
    style.textContent = FILM_STYLE;
    this.maps = newElement("div", "two");
    this.frames = newElement("div", "two");
    this.chart = newShape("svg", { role: "img" });
    this.legend = newElement("div", "legend");
    this.root.append(style, this.maps, this.controls(), this.frames, this.chart, this.legend);
    this.looked = () => this.paintMaps();
    window.addEventListener(LOOK, this.looked);
    const seek = (event) => {
      if (event.type === "pointermove" && !(event.buttons & 1)) return;
      const box = this.chart.getBoundingClientRect();
      const share = (event.clientX - box.left - LEFT_EDGE) / (box.width - LEFT_EDGE - 4);
      this.stop();
      this.show(Math.round(share * this.last));
    };
    this.chart.addEventListener("pointerdown", seek);
    this.chart.addEventListener("pointermove", seek);
    this.resizing = new ResizeObserver(() => this.drawChart());
    this.resizing.observe(this.root);
  }

  controls() {
    const run = newElement("div", "run");
    const games = newElement("span", "games");
    this.games = Object.entries(GAMES).map(([game, words]) => {
      const button = newElement("button", "", words);
      button.type = "button";
      button.addEventListener("click", () => {
        this.game = game;
        this.drawChart();
        this.show(this.step);
      });
      games.append(button);
      return [button, game];
    });
    this.button = newElement("button", "play");
    this.button.type = "button";
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    this.scrubber = newElement("input");
    Object.assign(this.scrubber, { type: "range", min: 0, step: 1 });
    this.scrubber.setAttribute("aria-label", "Step of the film");
    this.scrubber.addEventListener("input", () => {
      this.stop();
      this.show(Number(this.scrubber.value));
    });
    run.append(games, this.button, this.scrubber);
    this.stop();
    return run;
  }

  get last() {
    return (this.parts.film?.steps ?? 1) - 1;
  }

  update(data) {
    if (data.height) this.height = data.height;
    if ("view" in data) this.parts.view = data.view;
    if (!("film" in data) || data.film === this.parts.film) return;
    const before = this.parts.film;
    this.parts.film = data.film;
    if (before?.image !== data.film?.image) {
      this.stop();
      this.step = 0;
    }
    this.build();
  }

  build() {
    const { film } = this.parts;
    this.root.dataset.methods = film ? film.methods.map((one) => one.name).join(" ") : "";
    this.maps.replaceChildren();
    this.frames.replaceChildren();
    this.legend.replaceChildren();
    if (!film) return;
    this.scrubber.max = this.last;
    this.mapCanvases = film.methods.map((method, at) => {
      const column = newElement("div");
      const name = newElement("div", "name");
      const badge = newElement("i", "", "AB"[at]);
      badge.style.background = film.colors[at];
      const words = newElement("span", "", method.words);
      words.title = method.words;
      name.append(badge, words);
      const canvas = method.drawn ? newElement("canvas") : newElement("div", "none", method.note);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Map of ${method.words}`);
      column.append(name, canvas);
      this.maps.append(column);
      return method.drawn ? canvas : null;
    });
    this.frameCanvases = film.methods.map((method) => {
      const column = newElement("div");
      const told = newElement("div", "told");
      const canvas = method.drawn ? newElement("canvas") : null;
      if (canvas) {
        canvas.setAttribute("role", "img");
        column.append(canvas);
      }
      column.append(told);
      this.frames.append(column);
      return { canvas, told };
    });
    film.methods.forEach((method, at) => {
      for (const [game, words] of Object.entries(GAMES)) {
        const area = method[game];
        if (area === null) continue;
        const entry = newElement("span");
        const line = newShape("svg", { viewBox: "0 0 22 8" });
        line.append(newShape("line", {
          x1: 0, x2: 22, y1: 4, y2: 4, stroke: film.colors[at], "stroke-width": 2,
          "stroke-dasharray": game === "insertion" ? "4 3" : "none",
        }));
        entry.append(line, `${"AB"[at]} ${words.toLowerCase()} ${area.toFixed(3)}`);
        this.legend.append(entry);
      }
    });
    this.paintMaps();
    this.drawChart();
    this.show(Math.min(this.step, this.last));
  }

  paintMaps() {
    const { film } = this.parts;
    if (!film) return;
    this.mapCanvases.forEach((canvas, at) => {
      if (canvas) paintOverlay(canvas, film.small, film.small_shape, film.maps, at, film.ramp);
    });
  }

  // The picture after the first `changed` pixels of a method's order went, or came back.
  frame(canvas, at, changed) {
    const { film } = this.parts;
    const [height, width, channels] = film.shape;
    const count = height * width;
    const deleting = this.game === "deletion";
    const image = canvas.width === width && canvas.height === height
      ? canvas.getContext("2d").createImageData(width, height)
      : (Object.assign(canvas, { width, height }), new ImageData(width, height));
    for (let place = 0; place < count; place++) {
      const moved = film.rank[at * count + place] < changed;
      for (let part = 0; part < 3; part++) {
        const value = channels * place + (channels === 3 ? part : 0);
        image.data[4 * place + part] = moved === deleting
          ? (deleting ? film.stand_in[channels === 3 ? part : 0] : film.blurred[value])
          : film.picture[value];
      }
      image.data[4 * place + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  show(step) {
    const { film } = this.parts;
    if (!film) return;
    this.step = Math.max(0, Math.min(this.last, step));
    this.scrubber.value = this.step;
    this.root.dataset.step = this.step;
    this.root.dataset.game = this.game;
    for (const [button, game] of this.games) button.setAttribute("aria-pressed", String(game === this.game));
    const changed = film.changed[this.step];
    const share = changed / film.changed[this.last];
    const curve = film[this.game];
    const told = film.methods.map((method, at) => {
      const { canvas, told: line } = this.frameCanvases[at];
      if (!canvas) return (line.textContent = "");
      this.frame(canvas, at, changed);
      const p = curve[at * film.steps + this.step];
      const words = `p(${film.class_name}) ${Number.isNaN(p) ? "not asked yet" : p.toFixed(3)}`;
      canvas.setAttribute("aria-label", `${method.words}, ${changed} pixels: ${words}`);
      line.textContent = words;
      return `${"AB"[at]} ${words}`;
    });
    const verb = this.game === "deletion" ? "deleted" : "inserted";
    this.scrubber.setAttribute("aria-valuetext", `${changed} pixels ${verb}; ${told.filter(Boolean).join("; ")}`);
    this.where.textContent = `${changed.toLocaleString("en")} pixels ${verb} (${(100 * share).toFixed(0)} %)`;
    const x = this.x(share);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.where.setAttribute("x", share > 0.5 ? x - 5 : x + 5);
    this.where.setAttribute("text-anchor", share > 0.5 ? "end" : "start");
  }

  x(share) {
    return LEFT_EDGE + share * Math.max(10, this.chart.clientWidth - LEFT_EDGE - 4);
  }

  drawChart() {
    const { film } = this.parts;
    const width = this.chart.clientWidth;
    if (!film || !width) return;
    const height = this.height;
    this.chart.setAttribute("height", height);
    this.chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.chart.setAttribute("aria-label", "Probability of the class along deletion and insertion, both methods");
    const y = (p) => height - BELOW - p * (height - BELOW - 14);
    const nodes = [];
    for (const p of [0, 0.5, 1]) {
      nodes.push(newShape("line", { class: "rule", x1: LEFT_EDGE, x2: width - 4, y1: y(p), y2: y(p) }));
      nodes.push(newShape("text", { x: LEFT_EDGE - 4, y: y(p) + 4, "text-anchor": "end" }, String(p)));
    }
    for (const share of [0, 0.5, 1]) {
      const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
      nodes.push(newShape("text", { x: this.x(share), y: height - 3, "text-anchor": anchor },
        share === 0.5 ? "share of pixels" : `${100 * share} %`));
    }
    film.methods.forEach((_, at) => {
      for (const game of Object.keys(GAMES)) {
        nodes.push(newShape("polyline", {
          points: curvePoints(film[game], at * film.steps, film.steps, (share) => this.x(share), y),
          fill: "none", stroke: film.colors[at], "stroke-width": game === this.game ? 2 : 1.2,
          "stroke-dasharray": game === "insertion" ? "4 3" : "none",
          "stroke-opacity": game === this.game ? 1 : 0.35,
        }));
      }
    });
    this.cursor = newShape("line", { class: "cursor", y1: 12, y2: height - BELOW });
    this.where = newShape("text", { y: 9 });
    nodes.push(this.cursor, this.where);
    this.chart.replaceChildren(...nodes);
    this.show(this.step);
  }

  play() {
    if (!this.parts.film) return;
    if (this.step >= this.last) this.show(0);
    this.playing = true;
    this.button.textContent = "❚❚ Pause";
    const from = this.step;
    const began = performance.now();
    const next = (now) => {
      if (!this.playing) return;
      const step = from + Math.floor((Math.max(0, now - began) / 1000 / PLAY_SECONDS) * this.last);
      this.show(step);
      if (this.step >= this.last) this.stop();
      else requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }

  stop() {
    this.playing = false;
    this.button.textContent = "▶ Play";
  }

  destroy() {
    this.stop();
    window.removeEventListener(LOOK, this.looked);
    this.resizing.disconnect();
    this.root.remove();
  }
}

export default function (component) {
  return mounted(component, ["film", "view"], createFilm);
}
