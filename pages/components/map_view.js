// Which part of the plane is in sight: from codes to data coordinates to pixels, and back.

const MOST_ZOOM = 200; // times the scale at which everything fits

const MAP_VIEW = {
  get box() {
    return [this.dom.stage.clientWidth, this.dom.stage.clientHeight];
  },

  get fitScale() {
    const [width, height] = this.box;
    const { size } = this.parts.positions;
    const pad = this.parts.land ? 6 : 28; // a landscape has a border of its own
    return Math.max(
      1e-12,
      Math.min(Math.max(40, width - 2 * pad - 36) / size[0], Math.max(40, height - 2 * pad) / size[1]),
    );
  },

  fit() {
    this.view = null;
    this.moved();
  },

  makeView() {
    const { low, size } = this.parts.positions;
    const scale = this.fitScale;
    // A little to the left of the middle, clear of the buttons.
    this.view = { x: low[0] + size[0] / 2 + 18 / scale, y: low[1] + size[1] / 2, scale, fits: true };
  },

  toScreen([x, y]) {
    const [width, height] = this.box;
    const { view } = this;
    return [width / 2 + (x - view.x) * view.scale, height / 2 - (y - view.y) * view.scale];
  },

  toData([x, y]) {
    const [width, height] = this.box;
    const { view } = this;
    return [view.x + (x - width / 2) / view.scale, view.y - (y - height / 2) / view.scale];
  },

  fromCode([x, y]) {
    const { low, size } = this.parts.positions;
    return [low[0] + (x / 65535) * size[0], low[1] + (y / 65535) * size[1]];
  },

  codeAt(index, epoch) {
    const { positions } = this.parts.positions;
    const at = 2 * (epoch * this.n + index);
    return [positions[at], positions[at + 1]];
  },

  // Between two epochs everything moves on a straight line, here as in the shader.
  between(of) {
    const { time } = this.timeline;
    const first = Math.floor(time);
    const a = of(first);
    if (time === first) return a;
    const b = of(first + 1);
    return a && b && a.map((v, k) => v + (b[k] - v) * (time - first));
  },

  screenOf(index) {
    return this.toScreen(this.fromCode(this.between((epoch) => this.codeAt(index, epoch))));
  },

  pan(dx, dy) {
    if (!this.view) return;
    this.view.x -= dx / this.view.scale;
    this.view.y += dy / this.view.scale;
    this.view.fits = false;
    this.moved();
  },

  zoom(factor, x = this.box[0] / 2, y = this.box[1] / 2) {
    if (!this.view) return;
    const [left, top] = this.toData([x, y]);
    const fit = this.fitScale;
    this.view.scale = Math.max(fit / 4, Math.min(fit * MOST_ZOOM, this.view.scale * factor));
    const [nowLeft, nowTop] = this.toData([x, y]);
    this.view.x += left - nowLeft;
    this.view.y += top - nowTop;
    this.view.fits = false;
    this.moved();
  },

  moved() {
    this.movingUntil = performance.now() + SETTLE_MS;
    this.redraw();
    const link = this.parts.view?.link;
    if (!link || !this.n) return;
    if (!this.view) this.makeView();
    const { low, size } = this.parts.positions;
    const detail = {
      link,
      source: this.key,
      x: (this.view.x - low[0]) / size[0],
      y: (this.view.y - low[1]) / size[1],
      share: this.view.scale / this.fitScale,
    };
    window.dispatchEvent(new CustomEvent("darkroom:view", { detail }));
  },

  // Maps of one link that play together follow the one the reader moved last.
  shareTime() {
    const { link, linkTime } = this.parts.view ?? {};
    const { time } = this.timeline;
    if (!linkTime || !this.leads || time === this.sharedTime) return;
    this.sharedTime = time;
    window.dispatchEvent(new CustomEvent("darkroom:time", { detail: { link, source: this.key, time } }));
  },
};
