// The legend under the map, on screen and in the saved picture, and how numbers are written.

function shortNumber(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

// Category buttons switch their points on and off; with Shift held, a button leaves only its own.
function fillLegend(legend, colors, hidden, onChange) {
  legend.replaceChildren();
  if (!colors) return;
  if (colors.title) legend.append(make("span", "title", { textContent: colors.title }));
  if (colors.kind === "value") {
    const ramp = make("span", "ramp");
    ramp.style.background = `linear-gradient(90deg, ${colors.ramp.join(", ")})`;
    legend.append(
      make("span", "end", { textContent: shortNumber(colors.low) }),
      ramp,
      make("span", "end", { textContent: shortNumber(colors.high) }),
    );
    if (colors.missing) {
      const none = make("span", "none", { textContent: "no value" });
      const swatch = make("i");
      swatch.style.background = "#969696";
      none.prepend(swatch);
      legend.append(none);
    }
    return;
  }
  const buttons = colors.names.map((name, category) => {
    const button = make("button", "", { type: "button", title: name });
    const swatch = make("i");
    swatch.style.background = colors.palette[category];
    button.append(swatch, make("span", "", { textContent: name }));
    button.addEventListener("click", (event) => {
      const others = colors.names.map((_, other) => other).filter((other) => other !== category);
      if (event.shiftKey) {
        const alone = !hidden.has(category) && others.every((other) => hidden.has(other));
        hidden.clear();
        if (!alone) others.forEach((other) => hidden.add(other));
      } else if (!hidden.delete(category)) {
        hidden.add(category);
      }
      show();
      onChange();
    });
    return button;
  });
  const show = () =>
    buttons.forEach((button, category) =>
      button.setAttribute("aria-pressed", String(!hidden.has(category))));
  show();
  legend.append(...buttons);
}

// Draws the same below a saved picture; returns the height it takes (nothing is drawn on `null`).
function drawLegend(context, colors, hidden, { width, top, ink, font }) {
  const paint = context ?? new OffscreenCanvas(1, 1).getContext("2d");
  paint.font = `12px ${font}`;
  paint.textBaseline = "middle";
  let x = 12;
  let y = top + 14;
  const word = (text, swatch) => {
    const wide = paint.measureText(text).width + (swatch ? 14 : 0);
    if (x > 12 && x + wide > width - 12) [x, y] = [12, y + 18];
    if (context && swatch) {
      context.fillStyle = swatch;
      context.beginPath();
      context.arc(x + 5, y, 5, 0, 7);
      context.fill();
    }
    if (context) {
      context.fillStyle = ink;
      context.fillText(text, x + (swatch ? 14 : 0), y);
    }
    x += wide + 14;
  };
  if (colors.title) word(colors.title);
  if (colors.kind === "category") {
    colors.names.forEach((name, i) => hidden.has(i) || word(name, colors.palette[i]));
  } else {
    word(shortNumber(colors.low));
    if (context) {
      const ramp = context.createLinearGradient(x, 0, x + 160, 0);
      colors.ramp.forEach((stop, i) => ramp.addColorStop(i / (colors.ramp.length - 1), stop));
      context.fillStyle = ramp;
      context.fillRect(x, y - 5, 160, 10);
    }
    x += 174;
    word(shortNumber(colors.high));
  }
  return y + 14 - top;
}
