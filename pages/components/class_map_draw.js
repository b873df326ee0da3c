// Drawing the classes: points, and as many names as fit without touching one another.

const DOT = 2.4; // radius of a point in pixels
const DOT_IN_SIGHT = 3.4;
const NAMES_FROM = 2; // zoom from which classes that do not stand out get names
const FEW_POINTS = 40; // so few points are named at once
const MOST_NAMES = 120;

const CLASS_MAP_DRAWING = {
  draw() {
    const { canvas, context } = this;
    const [width, height] = this.box;
    if (!this.classes || !this.view || !width || !height) return;
    const density = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(height * density)) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
    }
    const looks = getComputedStyle(this.root);
    this.colors = {
      ink: looks.getPropertyValue("--ink"),
      paper: looks.getPropertyValue("--paper"),
      accent: looks.getPropertyValue("--accent"),
    };
    this.font = looks.fontFamily;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    this.frame ??= this.fitted();
    this.places = this.classes.ids.length ? this.screenPlaces() : [];
    this.drawPoints();
    this.drawNames();
    this.root.dataset.points = this.classes.ids.length;
    this.root.dataset.layer = this.view.layer;
    this.root.dataset.gliding = String(this.share < 1);
  },

  // Screen coordinates of all classes, [x, y, x, y, ...]; on the way between two layers.
  screenPlaces() {
    const [width, height] = this.box;
    const { x, y, scale } = this.frame;
    const at = this.placesNow();
    const found = new Float32Array(at.length);
    for (let i = 0; i < at.length; i += 2) {
      found[i] = width / 2 + (at[i] - x) * scale;
      found[i + 1] = height / 2 - (at[i + 1] - y) * scale;
    }
    return found;
  },

  // All points as they are without anything standing out: kept while only that changes.
  ground(large) {
    const { canvas, colors, places, frame } = this;
    const key = [canvas.width, canvas.height, ...Object.values(frame), this.share, this.view.layer, colors.ink].join();
    if (this.groundOf === key && this.groundClasses === this.classes) return this.groundCanvas;
    [this.groundOf, this.groundClasses] = [key, this.classes];
    this.groundCanvas ??= document.createElement("canvas");
    [this.groundCanvas.width, this.groundCanvas.height] = [canvas.width, canvas.height];
    const context = this.groundCanvas.getContext("2d", { willReadFrequently: true });
    context.scale(window.devicePixelRatio || 1, window.devicePixelRatio || 1);
    context.globalAlpha = 0.32;
    context.fillStyle = colors.ink;
    for (let i = 0; i < places.length; i += 2) {
      context.beginPath();
      context.arc(places[i], places[i + 1], large * DOT, 0, 2 * Math.PI);
      context.fill();
    }
    return this.groundCanvas;
  },

  drawPoints() {
    const { context, colors, places } = this;
    const dot = (i, radius, color, alpha = 1) => {
      context.globalAlpha = alpha;
      context.fillStyle = color;
      context.beginPath();
      context.arc(places[2 * i], places[2 * i + 1], radius, 0, 2 * Math.PI);
      context.fill();
    };
    const large = this.classes.ids.length <= FEW_POINTS ? 1.6 : 1;
    context.drawImage(this.ground(large), 0, 0, ...this.box);
    this.sight.forEach((i) => dot(i, large * DOT_IN_SIGHT, colors.accent, 0.85));
    const ring = (i, radius, color, dashed) => {
      if (i < 0) return;
      dot(i, radius, color);
      context.setLineDash(dashed ? [3, 2] : []);
      context.lineWidth = 1.5;
      context.strokeStyle = color;
      context.beginPath();
      context.arc(places[2 * i], places[2 * i + 1], radius + 3, 0, 2 * Math.PI);
      context.stroke();
      context.setLineDash([]);
    };
    ring(this.placeOf(this.view.second), 4, colors.ink, true);
    ring(this.placeOf(this.view.picked), 4.5, colors.ink, false);
    ring(this.hovered, 4, colors.accent, false);
    context.globalAlpha = 1;
  },

  drawNames() {
    const { context, colors, places } = this;
    const [width, height] = this.box;
    const taken = [];
    let drawn = 0;
    const write = (i, alpha, bold) => {
      if (i < 0 || drawn >= MOST_NAMES) return;
      const [x, y] = [places[2 * i], places[2 * i + 1]];
      if (x < -20 || y < -10 || x > width + 20 || y > height + 10) return;
      const name = this.shortName(i);
      context.font = `${bold ? 600 : 400} 11px ${this.font}`;
      const wide = context.measureText(name).width;
      const sides = x + 8 + wide > width ? [x - 8 - wide] : [x + 8, x - 8 - wide];
      const boxOf = (side) => [side - 2, y - 7, side + wide + 2, y + 7];
      const free = (side) => {
        const box = boxOf(side);
        return !taken.some((t) => t[0] < box[2] && box[0] < t[2] && t[1] < box[3] && box[1] < t[3]);
      };
      const left = sides.find(free) ?? (bold ? sides[0] : undefined);
      if (left === undefined) return;
      taken.push(boxOf(left));
      drawn++;
      context.globalAlpha = alpha;
      context.lineWidth = 3;
      context.lineJoin = "round";
      context.strokeStyle = colors.paper;
      context.strokeText(name, left, y + 4);
      context.fillStyle = colors.ink;
      context.fillText(name, left, y + 4);
    };
    write(this.hovered, 1, true);
    const [picked, second] = [this.placeOf(this.view.picked), this.placeOf(this.view.second)];
    if (picked !== this.hovered) write(picked, 1, true);
    if (second !== this.hovered) write(second, 1, true);
    this.sight.forEach((i) => i !== this.hovered && i !== picked && i !== second && write(i, 0.95, false));
    if (this.zoomed >= NAMES_FROM || this.classes.ids.length <= FEW_POINTS) {
      for (let i = 0; i < this.classes.ids.length; i++) {
        if (!this.sight.has(i) && i !== this.hovered && i !== picked && i !== second) write(i, 0.75, false);
      }
    }
    context.globalAlpha = 1;
    this.root.dataset.names = drawn;
  },

  shortName(i) {
    const name = this.classes.names[i].replace(/\s+/g, " ");
    return name.length > 26 ? `${name.slice(0, 25)}…` : name;
  },
};
