// The landscape: class, confidence and margin of every cell of the plane at every epoch. It is
// painted as the picture behind the points and read under the pointer, both without the server.

const NEAREST_SHOWN = 3; // samples named beside an empty place
const LAND_SHADES = {
  // The line between two classes; where the classifier can hardly decide, which may be wide; and the
  // palest and the fullest share of the class colour.
  light: { line: [255, 255, 255], undecided: [255, 255, 255], palest: 0.1, fullest: 0.42 },
  dark: { line: [236, 239, 243], undecided: [140, 145, 154], palest: 0.16, fullest: 0.46 },
};

// RGBA of one epoch's cells: undecided is a margin up to `delta` (255ths); the line runs where the
// right or lower neighbour has another class, also where it is too narrow to be met by a cell.
function landPixels(land, from, tints, paper) {
  const { line, undecided, palest, fullest } = paper[0] + paper[1] + paper[2] < 384 ? LAND_SHADES.dark : LAND_SHADES.light;
  const cells = land.rows * land.columns;
  const pixels = new Uint8ClampedArray(4 * cells);
  const least = 255 * land.delta;
  for (let i = 0; i < cells; i++) {
    const margin = land.margin[from + i];
    const class_ = land.classes[from + i];
    const tint = tints[class_];
    const depth = palest + ((fullest - palest) * (margin - least)) / (255 - least);
    const differs = (step, there) => there && land.classes[from + i + step] !== class_;
    const between =
      differs(1, (i + 1) % land.columns) || differs(land.columns, i + land.columns < cells);
    for (let k = 0; k < 3; k++) {
      const ground = paper[k] + depth * (tint[k] - paper[k]);
      pixels[4 * i + k] = between ? line[k] : margin <= least ? undecided[k] : ground;
    }
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

// The cell at a place in data coordinates, as an index within its epoch; -1 outside.
function landCell({ rows, columns, extent: [left, right, bottom, top] }, [x, y]) {
  const column = Math.floor(((x - left) / (right - left)) * columns);
  const row = Math.floor(((top - y) / (top - bottom)) * rows);
  return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : -1;
}

const MAP_LAND = {
  paintLand() {
    const { land } = this.parts;
    if (!land || !this.renderer) return;
    const tints = land.palette.map(hexColor);
    const cells = land.rows * land.columns;
    for (let epoch = 0; epoch * cells < land.classes.length; epoch++) {
      const pixels = landPixels(land, epoch * cells, tints, this.theme.paper);
      this.renderer.setImage(epoch, new ImageData(pixels, land.columns, land.rows));
    }
    this.redraw();
  },

  // What the pointer says where no sample is; `at` in pixels, null to say nothing.
  lookAt(at) {
    const { land } = this.parts;
    const rests = land && this.n && this.view && this.resting && this.timeline.time % 1 === 0;
    const place = at && rests ? this.toData(at) : null;
    const cell = place ? landCell(land, place) : -1;
    if (cell < 0 && !this.place) return;
    this.place = cell < 0 ? null : place;
    this.fillCard();
    this.redrawOverlay();
  },

  // The samples nearest to a place on the screen, nearest first, as indices.
  nearestSamples(place) {
    const { positions, low, size } = this.parts.positions;
    const colors = this.part("colors");
    const [x, y] = place.map((value, axis) => ((value - low[axis]) / size[axis]) * 65535);
    const from = 2 * this.epochIndex * this.n;
    const found = [];
    for (let i = 0; i < this.n; i++) {
      const [dx, dy] = [(positions[from + 2 * i] - x) * size[0], (positions[from + 2 * i + 1] - y) * size[1]];
      const away = dx * dx + dy * dy;
      if (found.length === NEAREST_SHOWN && away >= found.at(-1)[0]) continue;
      if (!this.visible(i, colors)) continue;
      found.push([away, i]);
      found.sort((a, b) => a[0] - b[0]);
      found.length = Math.min(found.length, NEAREST_SHOWN);
    }
    return found.map(([, index]) => index);
  },

  fillPlaceCard() {
    const { card, image, facts, near } = this.dom;
    const { land } = this.parts;
    card.hidden = !this.place || !land;
    if (card.hidden) return;
    const at = this.epochIndex * land.rows * land.columns + landCell(land, this.place);
    const class_ = land.classes[at];
    const close = land.margin[at] <= 255 * land.delta;
    const nearest = this.nearestSamples(this.place);
    const said = JSON.stringify([class_, land.confidence[at], close, nearest, this.epochIndex]);
    if (said === this.saidOfPlace) return;
    this.saidOfPlace = said;
    card.classList.add("place");
    image.hidden = true;
    const rows = [
      ["here", close ? `${land.names[class_]}, on the boundary` : land.names[class_]],
      ["confidence", `${Math.round((100 * land.confidence[at]) / 255)} %`],
    ];
    facts.replaceChildren(
      ...rows.flatMap(([name, value]) => [
        make("dt", "", { textContent: name }),
        make("dd", "", { textContent: value }),
      ]),
    );
    near.replaceChildren(...nearest.map((index) => this.nearSample(index)));
  },

  nearSample(index) {
    const labels = this.part("labels");
    const figure = make("figure");
    const template = this.parts.view?.thumbnails;
    if (template) {
      const image = make("img", "", { alt: "", src: template.replaceAll("{id}", this.idOf(index)) });
      image.addEventListener("error", () => (image.hidden = true));
      figure.append(image);
    }
    const right = labels && labels.true[index] === labels.predicted[this.codesFrom(labels) + index];
    const named = labels ? `${labels.names[labels.true[index]]} ${right ? "✓" : "✗"}` : "";
    figure.append(make("figcaption", "", { textContent: `#${this.idOf(index)} ${named}` }));
    return figure;
  },
};
