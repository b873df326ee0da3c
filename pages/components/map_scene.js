// What the renderer is to draw now: order and size of the points, places, the picture behind.

const MAP_SCENE = {
  // The order of drawing: faded, plain, marked; within each a fixed shuffle, so that no class
  // lies on top because its samples come last.
  makeOrder() {
    const { n } = this;
    const colors = this.part("colors");
    const masks = this.part("masks");
    const bit = (mask, i) => (mask?.length ? (mask[i >> 3] >> (7 - (i & 7))) & 1 : null);
    const groups = [[], [], []];
    let step = Math.max(1, Math.round(n * 0.618));
    const divides = (a, b) => (b ? divides(b, a % b) : a);
    while (divides(step, n) > 1) step++;
    for (let k = 0, i = 0; k < n; k++, i = (i + step) % n) {
      if (!this.visible(i, colors)) continue;
      if (bit(masks?.selected, i) === 0) groups[0].push(i);
      else groups[bit(masks?.marked, i) ? 2 : 1].push(i);
    }
    const counts = groups.map((group) => group.length);
    this.order = { counts, fades: !!masks?.selected.length, epoch: this.epochIndex };
    this.renderer.setOrder(Uint32Array.from(groups.flat()));
  },

  pointSize() {
    const asked = this.parts.view?.pointSize;
    const base = asked ?? Math.max(2, Math.min(7.5, 7 * (500 / Math.max(1, this.n)) ** 0.22));
    const zoom = this.view.scale / this.fitScale;
    return base * Math.max(1, Math.min(2.5, zoom ** 0.35));
  },

  // `detail` is the share of the points to draw.
  scene(now, ratio, detail = 1) {
    const [width, height] = this.box;
    const { timeline, theme } = this;
    const { positions } = this.parts;
    const behind = this.parts.landscape ?? this.parts.land;
    const scene = { n: 0, paper: theme.paper, ink: theme.ink };
    const colors = this.part("colors");
    if (!this.n || !colors) return scene;
    if (!this.order || (colors.per_epoch && this.hidden.size && this.order.epoch !== this.epochIndex)) {
      this.makeOrder();
    }
    const { low, size } = positions;
    // Coordinates count from the middle of the data: single precision then lasts for any zoom.
    const origin = [low[0] + size[0] / 2, low[1] + size[1] / 2];
    const placed = (p) => [...p.size, p.low[0] - origin[0], p.low[1] - origin[1]];
    const { x, y, scale } = this.view;
    const clip = [(2 * scale) / width, (2 * scale) / height];
    const view = [...clip, -(x - origin[0]) * clip[0], -(y - origin[1]) * clip[1]];
    const first = Math.min(Math.floor(timeline.time), timeline.epochs.length - 1);
    const second = Math.min(first + 1, timeline.epochs.length - 1);
    const share = timeline.time - first;
    const glide = this.glideShare(now);
    const point = this.pointSize() * ratio;
    const [faded, plain, marked] = this.order.counts;
    const strong = this.n > 20000 ? 0.7 : 0.88;
    Object.assign(scene, {
      n: this.n,
      shift: colors.kind === "value" ? 8 : 0,
      codesFrom: this.codesFrom(colors),
      before: first, after: second, share,
      place: placed(positions), placeBefore: placed(positions), view,
      ranges: [
        { from: 0, count: faded, alpha: this.n > 20000 ? 0.07 : 0.14, size: point },
        { from: faded, count: plain, alpha: this.order.fades ? 0.95 : strong, size: point + (this.order.fades ? (behind ? 3 : 1) * ratio : 0) },
        { from: faded + plain, count: marked, alpha: 0.95, core: 0.55, size: point + 2 * ratio },
      ],
    });
    for (const range of scene.ranges) range.count = Math.ceil(range.count * detail);
    if (glide !== null) {
      const { before, epoch, sameFrame } = this.glide;
      Object.assign(scene, {
        glide: true, before: epoch, after: first, share: glide,
        placeBefore: sameFrame ? placed(before) : scene.place,
      });
    }
    if (behind) {
      const [left, right, bottom, top] = behind.extent;
      const corner = (u, v) => [(u - x) * clip[0], (v - y) * clip[1]];
      const corners = [...corner(left, bottom), ...corner(right, top)];
      scene.image = { first, second, share, corners, alpha: 1 };
    }
    return scene;
  },

  glideShare(now) {
    if (!this.glide) return null;
    this.glideStart ??= now;
    const t = (now - this.glideStart) / 550;
    if (t >= 1) {
      this.glide = null;
      return null;
    }
    return t * t * (3 - 2 * t);
  },
};
