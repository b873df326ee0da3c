// Tracks under the timeline: curves of loss and accuracy, marks of events, and a cursor that moves
// along. A click jumps to an epoch; a click on a mark also tells which kind of event it was.
// `part` is {lines: [[panel, name, color, dashed, values]], marks: [[kind, name, color, counts,
// own]], of}: panel "share" or "loss", one value or count per epoch, null where there is none.

const LINE_HEIGHT = 16; // of one readout
const MARK_HEIGHT = 17;
const PANEL_NAMES = { share: "accuracy", loss: "loss in nats" };

function trackRows({ lines, marks }) {
  const rows = [];
  let top = 2;
  for (const panel of ["share", "loss"]) {
    const own = lines.filter(([where]) => where === panel);
    if (!own.length) continue;
    const values = own.flatMap((line) => line[4]).filter((value) => value !== null);
    const high = panel === "share" ? 1 : Math.max(...values, 1e-9);
    const low = panel === "share" ? Math.min(0.95, Math.floor(10 * Math.min(...values)) / 10) : 0;
    const height = Math.max(panel === "share" ? 58 : 40, 6 + LINE_HEIGHT * own.length);
    rows.push({ panel, lines: own, top, height, low, high });
    top += height + 4;
  }
  marks.forEach((mark) => {
    rows.push({ mark, top, height: MARK_HEIGHT });
    top += MARK_HEIGHT;
  });
  return { rows, height: rows.length ? top + 2 : 0 };
}

function makeTracks(dom, { slider, epochs, theme, onJump, onMark }) {
  const canvas = make("canvas");
  const cursor = make("div", "cursor");
  const said = make("div", "said");
  dom.append(canvas, cursor, said);
  canvas.setAttribute("role", "img");
  let part = { lines: [], marks: [], of: "" };
  let rows = [];
  let readouts = [];
  let pointed = null; // the epoch under the pointer
  let drawn = ""; // width, ratio and theme of what is drawn
  let shownAt = null;
  const off = new Set(); // kinds of events switched off

  const ends = () => {
    const [outer, inner] = [dom.getBoundingClientRect(), slider.getBoundingClientRect()];
    return [inner.left - outer.left + 8, inner.right - outer.left - 8];
  };
  const place = (index) => {
    const [from, to] = ends();
    return from + ((to - from) * index) / Math.max(1, epochs().length - 1);
  };

  const draw = () => {
    const width = dom.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    const { inkText, font } = theme();
    const now = [width, ratio, inkText].join();
    if (now === drawn || !width || dom.hidden) return;
    drawn = now;
    const height = dom.clientHeight;
    Object.assign(canvas, { width: width * ratio, height: height * ratio });
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `10px ${font}`;
    context.textBaseline = "middle";
    rows.forEach((row) => (row.mark ? drawMarks(context, row) : drawLines(context, row)));
    const [, right] = ends();
    said.style.left = `${right + 14}px`;
  };

  const drawLines = (context, { panel, lines, top, height, low, high }) => {
    const [from, to] = ends();
    const { inkText } = theme();
    const y = (value) => top + 4 + (height - 8) * (1 - (value - low) / (high - low));
    context.strokeStyle = context.fillStyle = inkText;
    context.lineWidth = 1;
    context.globalAlpha = 0.16;
    for (const value of [low, high]) {
      context.beginPath();
      context.moveTo(from, Math.round(y(value)) + 0.5);
      context.lineTo(to, Math.round(y(value)) + 0.5);
      context.stroke();
    }
    context.globalAlpha = 0.75;
    context.textAlign = "right";
    const written = (value) => (panel === "share" ? `${Math.round(100 * value)} %` : shortNumber(value));
    for (const value of [low, high]) context.fillText(written(value), from - 7, y(value));
    // Accuracy rises and loss falls: each name stands in the corner that its curves leave free.
    context.fillText(PANEL_NAMES[panel], to - 2, panel === "share" ? top + height - 11 : top + 11);
    context.globalAlpha = 1;
    context.lineWidth = 1.8;
    for (const [, , color, dashed, values] of lines) {
      context.strokeStyle = context.fillStyle = color;
      context.setLineDash(dashed ? [5, 3] : []);
      context.beginPath();
      let pen = false;
      values.forEach((value, i) => {
        if (value === null) pen = false;
        else if (pen) context.lineTo(place(i), y(value));
        else context.moveTo(place(i), y(value));
        pen = value !== null;
      });
      context.stroke();
      context.setLineDash([]);
      const alone = (i) => values[i] !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;
      values.forEach((value, i) => {
        if (!alone(i)) return; // a value without neighbours makes no line
        context.beginPath();
        context.arc(place(i), y(value), 2.5, 0, 7);
        context.fill();
      });
    }
  };

  const drawMarks = (context, { mark: [kind, , color, counts, own], top, height }) => {
    const most = Math.max(...counts, 1);
    context.globalAlpha = off.has(kind) ? 0.12 : 0.9;
    counts.forEach((count, i) => {
      if (!count) return;
      context.beginPath();
      context.arc(place(i), top + height / 2, 1.6 + 5 * Math.sqrt(count / most), 0, 7);
      context.fillStyle = color;
      context.fill();
      if (!own[i]) return;
      context.beginPath();
      context.arc(place(i), top + height / 2, height / 2 - 1, 0, 7);
      context.strokeStyle = theme().inkText;
      context.lineWidth = 1.5;
      context.stroke();
    });
    context.globalAlpha = 1;
  };

  const fillReadouts = () => {
    readouts = [];
    const children = rows.flatMap((row) => {
      if (row.mark) {
        const [kind, name, color] = row.mark;
        const button = make("button", "", { type: "button", title: `Show or hide: ${name}` });
        button.setAttribute("aria-pressed", String(!off.has(kind)));
        const swatch = make("i");
        const value = make("b");
        swatch.style.background = color;
        button.style.top = `${row.top}px`;
        button.append(swatch, make("span", "", { textContent: name }), value);
        button.addEventListener("click", () => {
          if (!off.delete(kind)) off.add(kind);
          button.setAttribute("aria-pressed", String(!off.has(kind)));
          drawn = "";
          draw();
        });
        readouts.push([value, (i) => row.mark[3][i]?.toLocaleString("en") ?? ""]);
        return [button];
      }
      return row.lines.map(([panel, name, color, dashed, values], k) => {
        const line = make("div");
        const swatch = make("u");
        const value = make("b");
        swatch.style.borderTop = `2px ${dashed ? "dashed" : "solid"} ${color}`;
        line.style.top = `${row.top + 3 + LINE_HEIGHT * k}px`;
        line.append(swatch, make("span", "", { textContent: name }), value);
        const written = (v) => (v === null ? "–" : panel === "share" ? `${(100 * v).toFixed(1)} %` : shortNumber(v));
        readouts.push([value, (i) => written(values[i] ?? null)]);
        return line;
      });
    });
    said.replaceChildren(...children);
  };

  const indexAt = (event) => {
    const [from, to] = ends();
    const last = epochs().length - 1;
    const x = event.clientX - dom.getBoundingClientRect().left;
    return Math.max(0, Math.min(last, Math.round(((x - from) / (to - from)) * last)));
  };
  canvas.addEventListener("pointermove", (event) => {
    pointed = indexAt(event);
    tracks.follow();
  });
  canvas.addEventListener("pointerleave", () => {
    pointed = null;
    tracks.follow();
  });
  canvas.addEventListener("click", (event) => {
    const index = indexAt(event);
    const y = event.clientY - dom.getBoundingClientRect().top;
    const row = rows.find((one) => one.mark && y >= one.top && y < one.top + one.height);
    const near = Math.abs(event.clientX - dom.getBoundingClientRect().left - place(index)) < 9;
    if (row && near && row.mark[3][index] && !off.has(row.mark[0])) onMark(row.mark[0], index);
    else onJump(index);
  });

  const tracks = {
    time: 0,

    set(next) {
      part = next ?? { lines: [], marks: [], of: "" };
      const laid = trackRows(part);
      rows = epochs().length > 1 ? laid.rows : [];
      dom.hidden = !rows.length;
      dom.style.height = `${laid.height}px`;
      canvas.setAttribute("aria-label",
        `Loss and accuracy by epoch, and events${part.of ? ` of ${part.of}` : ""}; the slider above moves in time.`);
      fillReadouts();
      drawn = "";
      shownAt = null;
      this.follow();
    },

    // Puts the cursor at the time, and beside the curves what they say there.
    follow(time = this.time) {
      this.time = time;
      if (dom.hidden) return;
      draw();
      cursor.style.transform = `translateX(${place(pointed ?? time)}px)`;
      cursor.classList.toggle("pointed", pointed !== null);
      const index = pointed ?? Math.round(time);
      if (index === shownAt) return;
      shownAt = index;
      readouts.forEach(([element, text]) => (element.textContent = text(index)));
    },
  };
  return tracks;
}
