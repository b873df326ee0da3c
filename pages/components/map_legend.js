// The legend under the map, on screen and in the saved picture, and how numbers are written.

function shortNumber(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

const MOST_LISTED = 40; // from more categories on the legend lists the largest, and finds the others
const FIRST_LISTED = 24;

// Category buttons switch their points on and off; with Shift held, a button leaves only its own.
// Returns what brings the buttons in line with `hidden` again.
function fillLegend(legend, colors, hidden, onChange) {
  legend.replaceChildren();
  if (!colors) return () => {};
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
    return () => {};
  }
  const listed = make("span", "listed");
  const show = () =>
    listed.querySelectorAll("button").forEach((button) =>
      button.setAttribute("aria-pressed", String(!hidden.has(Number(button.dataset.category)))));
  const changed = () => {
    show();
    onChange();
  };
  const list = (categories) => {
    listed.replaceChildren(...categories.map((category) => legendButton(category, colors, hidden, changed)));
    show();
  };
  const all = colors.names.map((_, category) => category);
  if (all.length > MOST_LISTED) {
    legend.append(legendSearch(colors, all, list), legendSwitch("All", hidden, [], changed),
      legendSwitch("None", hidden, all, changed));
  } else list(all);
  legend.append(listed);
  return show;
}

function legendButton(category, colors, hidden, changed) {
  const name = colors.names[category];
  const button = make("button", "", { type: "button", title: name });
  button.dataset.category = category;
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
    changed();
  });
  return button;
}

// Finds categories by a part of their name; without one the largest are listed.
function legendSearch(colors, all, list) {
  const counts = new Uint32Array(all.length);
  colors.values.forEach((category) => counts[category]++);
  const largest = all.slice().sort((a, b) => counts[b] - counts[a] || a - b);
  const search = make("input", "", {
    type: "search", placeholder: `Find among ${all.length.toLocaleString("en")}`, ariaLabel: "Find in the legend",
  });
  const find = () => {
    const wanted = search.value.trim().toLowerCase();
    const found = largest.filter((category) => colors.names[category].toLowerCase().includes(wanted));
    list(found.slice(0, FIRST_LISTED));
  };
  search.addEventListener("input", find);
  find();
  return search;
}

function legendSwitch(words, hidden, hides, changed) {
  const button = make("button", "", { type: "button", textContent: words });
  button.addEventListener("click", () => {
    hidden.clear();
    hides.forEach((category) => hidden.add(category));
    changed();
  });
  return button;
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
  if (colors.kind === "category" && colors.names.length > MOST_LISTED) {
    word(`${colors.names.length.toLocaleString("en")} categories`);
  } else if (colors.kind === "category") {
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
