// What a flat canvas above the points shows: lasso, rings, names, ways and lines; and the saved picture.

const FEW_WAYS = 8; // up to so many ways through time are drawn strongly
const TRAIL = 6; // epochs after which a way has faded

const MAP_OVERLAY = {
  drawOverlay(context) {
    const { theme, stroke } = this;
    const view = this.parts.view ?? {};
    context.lineJoin = context.lineCap = "round";
    if (this.glide) return;
    this.drawTrajectories(context, view.trajectories ?? []);
    this.drawLines(context, view.lines ?? []);
    if (this.namesShown && this.namesOf) this.drawNames(context);
    const outline = stroke ?? this.outline.map((corner) => this.toScreen(corner));
    if (outline.length) {
      context.beginPath();
      outline.forEach((corner) => context.lineTo(...corner));
      context.closePath();
      context.globalAlpha = 0.08;
      context.fillStyle = theme.accent;
      context.fill();
      context.globalAlpha = 0.9;
      context.strokeStyle = theme.accent;
      context.lineWidth = 1.5;
      context.stroke();
      context.globalAlpha = 1;
    }
    const rings = [[this.indexOf(view.second), "second"], [this.indexOf(view.picked), "picked"], [this.hovered, "hovered"]];
    for (const [index, kind] of rings) if (index >= 0) this.drawRing(context, index, kind);
    if (view.way) this.drawWay(context, view.way);
    this.drawPins(context, view.pins ?? []);
  },

  // A straight way from one place to another, with an arrow at its end.
  drawWay(context, way) {
    const [from, to] = way.map((end) => this.toScreen(end));
    const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
    const wing = (turn) => [to[0] - 10 * Math.cos(angle + turn), to[1] - 10 * Math.sin(angle + turn)];
    for (const [color, width] of [[this.theme.paperText, 4.5], [this.theme.inkText, 1.8]]) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.moveTo(...wing(0.5));
      context.lineTo(...to);
      context.lineTo(...wing(-0.5));
      context.stroke();
    }
  },

  // Places that are no samples: a diamond, or only its words; kept in sight at the border.
  drawPins(context, pins) {
    const [width, height] = this.box;
    context.font = `700 12px ${this.theme.font}`;
    context.textBaseline = "middle";
    for (const [x, y, text, shape] of pins) {
      const [left, top] = this.toScreen([x, y]);
      const at = [Math.max(12, Math.min(width - 12, left)), Math.max(12, Math.min(height - 12, top))];
      if (shape) {
        context.save();
        context.translate(...at);
        context.rotate(Math.PI / 4);
        context.fillStyle = this.theme.accent;
        context.strokeStyle = this.theme.paperText;
        context.lineWidth = 2.5;
        context.fillRect(-6, -6, 12, 12);
        context.strokeRect(-7, -7, 14, 14);
        context.lineWidth = 1.2;
        context.strokeStyle = this.theme.inkText;
        context.strokeRect(-8, -8, 16, 16);
        context.restore();
      }
      const onLeft = at[0] > width - 90;
      context.textAlign = onLeft ? "right" : "left";
      const beside = at[0] + (onLeft ? -1 : 1) * (shape ? 15 : 8);
      context.lineWidth = 4;
      context.strokeStyle = this.theme.paperText;
      context.strokeText(text, beside, at[1]);
      context.fillStyle = this.theme.inkText;
      context.fillText(text, beside, at[1]);
    }
  },

  tintOf(index) {
    const colors = this.part("colors");
    if (!colors) return this.theme.inkText;
    const code = colors.values[this.codesFrom(colors) + index];
    const entry = colors.kind === "category" ? code : code === 65535 ? 256 : code >> 8;
    return `rgb(${this.tints[entry].map(Math.round).join(",")})`;
  },

  drawRing(context, index, kind) {
    const at = this.screenOf(index);
    const radius = this.pointSize() / 2;
    const { inkText, paperText } = this.theme;
    const circle = (r) => {
      context.beginPath();
      context.arc(...at, r, 0, 2 * Math.PI);
    };
    circle(Math.max(3, radius + 0.5));
    context.fillStyle = this.tintOf(index);
    context.fill();
    const gap = kind === "hovered" ? 3 : 5;
    const width = kind === "hovered" ? 1.5 : 2.5;
    circle(Math.max(3, radius) + gap);
    context.setLineDash([]);
    context.lineWidth = width + 2.5;
    context.strokeStyle = paperText;
    context.stroke();
    context.setLineDash(kind === "second" ? [3, 4] : []);
    context.lineWidth = width;
    context.strokeStyle = inkText;
    context.stroke();
    context.setLineDash([]);
  },

  // Ways through time: strong where they were gone lately, faint long ago and in the future.
  drawTrajectories(context, ids) {
    const few = ids.length <= FEW_WAYS;
    const { time, epochs } = this.timeline;
    const floor = few ? 0.35 : 0.12;
    const trail = (step) => (step > time ? floor : Math.max(floor, 1 - (time - step) / TRAIL));
    for (const index of ids.map((id) => this.indexOf(id)).filter((index) => index >= 0)) {
      const way = epochs.map((_, epoch) => this.toScreen(this.fromCode(this.codeAt(index, epoch))));
      const now = this.screenOf(index);
      const pieces = way.slice(1).flatMap((to, step) => {
        const from = way[step];
        if (step >= time || step + 1 <= time) return [[from, to, trail(step + 1)]];
        return [[from, now, 1], [now, to, floor]];
      });
      for (const [color, width] of [[this.theme.paperText, few ? 4 : 2.5], [this.tintOf(index), few ? 2 : 1.3]]) {
        context.strokeStyle = color;
        context.lineWidth = width;
        for (const [from, to, alpha] of pieces) {
          context.globalAlpha = alpha;
          context.beginPath();
          context.moveTo(...from);
          context.lineTo(...to);
          context.stroke();
        }
      }
      context.globalAlpha = 1;
      if (!few) continue;
      for (const corner of way.slice(0, Math.floor(time) + 1)) {
        context.beginPath();
        context.arc(...corner, 2, 0, 2 * Math.PI);
        context.fillStyle = this.theme.inkText;
        context.fill();
      }
    }
  },

  // Lines that were drawn for one epoch do not show at another.
  drawLines(context, lines) {
    const at = this.parts.view?.linesAt ?? null;
    const { time, epochs } = this.timeline;
    if (at !== null && (time % 1 || epochs[time] !== at)) return;
    for (const [a, b, solid] of lines) {
      const ends = [this.indexOf(a), this.indexOf(b)];
      if (ends.some((index) => index < 0)) continue;
      context.setLineDash(solid ? [] : [4, 4]);
      for (const [color, width, alpha] of [[this.theme.paperText, 3, 0.7], [this.theme.inkText, 1.2, 0.9]]) {
        context.globalAlpha = alpha;
        context.strokeStyle = color;
        context.lineWidth = width;
        context.beginPath();
        ends.forEach((index) => context.lineTo(...this.screenOf(index)));
        context.stroke();
      }
    }
    context.globalAlpha = 1;
    context.setLineDash([]);
  },

  drawNames(context) {
    const colors = this.part("colors");
    const { positions } = this.parts.positions;
    const medians = (epoch) => {
      const from = colors.per_epoch ? epoch * this.n : 0;
      if (!this.medians.has(epoch)) {
        this.medians.set(epoch,
          categoryMedians(positions, epoch * this.n, this.n, colors.values, from, colors.names.length));
      }
      return this.medians.get(epoch);
    };
    context.font = `600 12px ${this.theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const taken = [];
    colors.names.forEach((name, category) => {
      if (this.hidden.has(category)) return;
      const code = this.between((epoch) => medians(epoch)[category]);
      if (!code) return;
      const text = [...name].length > 18 ? `${[...name].slice(0, 17).join("")}…` : name;
      const [x, middle] = this.toScreen(this.fromCode(code));
      const half = context.measureText(text).width / 2 + 2;
      const free = (y) => taken.every((t) => Math.abs(t.y - y) > 13 || Math.abs(t.x - x) > t.half + half);
      const y = [0, 14, -14, 28, -28].map((dy) => middle + dy).find(free) ?? middle;
      taken.push({ x, y, half });
      context.lineWidth = 3.5;
      context.strokeStyle = this.theme.paperText;
      context.strokeText(text, x, y);
      context.fillStyle = this.theme.inkText;
      context.fillText(text, x, y);
    });
  },

  // The picture with its legend, as a PNG file.
  save() {
    const { renderer, theme, dom } = this;
    if (!renderer || !this.n) return;
    const [width, height] = this.box;
    const ratio = Math.max(2, window.devicePixelRatio || 1);
    const colors = this.part("colors");
    const legend = { width, top: height, ink: theme.inkText, font: theme.font };
    const below = colors ? drawLegend(null, colors, this.hidden, legend) : 0;
    const canvas = make("canvas", "", { width: width * ratio, height: (height + below) * ratio });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = theme.paperText;
    context.fillRect(0, 0, width, height + below);
    // The drawing buffer is gone after the frame in which it was shown: draw, then copy at once.
    Object.assign(dom.canvas, { width: width * ratio, height: height * ratio });
    renderer.draw(this.scene(performance.now(), ratio));
    context.drawImage(dom.canvas, 0, 0, width, height);
    this.drawOverlay(context);
    context.textAlign = "left";
    if (colors) drawLegend(context, colors, this.hidden, legend);
    canvas.toBlob((blob) => {
      const link = make("a", "", { href: URL.createObjectURL(blob), download: `${this.key}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    this.redraw();
  },
};
