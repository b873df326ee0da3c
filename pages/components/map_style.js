// The map's looks. Colours are Streamlit's theme variables, with a light theme as fallback.

const MAP_STYLE = `
.map {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  --accent: var(--st-primary-color, #ff4b4b);
  position: relative; display: flex; flex-direction: column; gap: 6px; width: 100%;
  box-sizing: border-box; color: var(--ink);
  font: 400 12px/1.35 var(--st-font, system-ui, sans-serif);
}
.map * { box-sizing: border-box; }
.map button, .map select { font: inherit; color: inherit; }
.map .probe { position: absolute; width: 0; height: 0; visibility: hidden;
  color: var(--ink); background-color: var(--paper);
  transition: color 1ms linear, background-color 1ms linear; }
.map .stage { position: relative; flex: 1 1 0; min-height: 120px; overflow: hidden;
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px); background: var(--paper); }
.map canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.map canvas.points { touch-action: none; cursor: grab; outline: none; }
.map canvas.points.lassoing { cursor: crosshair; }
.map canvas.points.dragging { cursor: grabbing; }
.map canvas.points.over { cursor: pointer; }
.map canvas.overlay { pointer-events: none; }
.map .stage:has(canvas.points:focus-visible) { box-shadow: 0 0 0 2px var(--accent); }
.map .tools { position: absolute; top: 8px; right: 8px; display: flex; flex-direction: column;
  border: 1px solid var(--line); border-radius: 6px; overflow: hidden; background: var(--paper); }
.map .tools button { width: 28px; height: 28px; padding: 0; border: 0; background: transparent;
  display: grid; place-items: center; cursor: pointer; opacity: .8; }
.map .tools button[hidden] { display: none; }
.map .tools button + button { border-top: 1px solid var(--line); }
.map .tools button:hover { background: var(--panel); opacity: 1; }
.map .tools button[aria-pressed="true"] { color: var(--accent); opacity: 1; }
.map button:focus-visible, .map select:focus-visible, .map input:focus-visible {
  outline: 2px solid var(--accent); outline-offset: -2px; }
.map svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.5;
  stroke-linecap: round; stroke-linejoin: round; display: block; }
.map .status { position: absolute; left: 8px; bottom: 8px; padding: 1px 7px; border-radius: 9px;
  background: var(--paper); border: 1px solid var(--line); opacity: .92; pointer-events: none;
  font-variant-numeric: tabular-nums; }
.map .status:empty { display: none; }
.map .words { position: absolute; inset: 0; display: grid; place-items: center; padding: 16px;
  text-align: center; pointer-events: none; }
.map .words:empty { display: none; }
.map .card { position: absolute; z-index: 2; left: 0; top: 0; display: flex; gap: 9px;
  max-width: min(280px, calc(100% - 8px)); padding: 7px; border: 1px solid var(--line);
  border-radius: 8px; background: var(--paper); box-shadow: 0 3px 14px rgba(0, 0, 0, .18);
  pointer-events: none; }
.map .card[hidden] { display: none; }
.map .card img { flex: none; width: 64px; height: 64px; object-fit: contain; border-radius: 4px;
  image-rendering: pixelated; background: var(--panel); }
.map .card img[hidden] { display: none; }
.map .card dl { margin: 0; min-width: 0; display: grid; grid-template-columns: auto minmax(0, 1fr);
  gap: 1px 7px; align-content: center; }
.map .card dt { opacity: .65; }
.map .card dd { margin: 0; font-weight: 600; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; font-variant-numeric: tabular-nums; }
.map .card dd.wrong { color: var(--st-red-text-color, #bd4043); }
.map .card.place { flex-direction: column; gap: 5px; }
.map .card .near { display: flex; gap: 6px; }
.map .card .near:empty { display: none; }
.map .card .near figure { margin: 0; width: 56px; text-align: center; }
.map .card .near img { width: 40px; height: 40px; }
.map .card .near figcaption { font-size: 10px; line-height: 1.15; overflow-wrap: anywhere; }
.map .tracks { position: relative; flex: none; width: 100%; }
.map .tracks[hidden] { display: none; }
.map .tracks canvas { position: absolute; inset: 0; width: 100%; height: 100%; cursor: pointer; }
.map .tracks .cursor { position: absolute; top: 0; bottom: 0; left: -.75px; width: 1.5px;
  background: var(--accent); pointer-events: none; }
.map .tracks .cursor.pointed { opacity: .55; }
.map .tracks .said { position: absolute; top: 0; right: 0; bottom: 0; font-size: 11px; }
.map .tracks .said > * { position: absolute; left: 0; right: 0; height: 16px; display: flex;
  align-items: center; gap: 5px; }
.map .tracks .said u { flex: none; width: 14px; height: 0; }
.map .tracks .said i { flex: none; width: 8px; height: 8px; margin: 0 3px; border-radius: 50%; }
.map .tracks .said span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.map .tracks .said b { margin-left: auto; font-weight: 600; font-variant-numeric: tabular-nums; }
.map .tracks .said button { border: 0; padding: 0; background: transparent; color: inherit;
  font: inherit; cursor: pointer; }
.map .tracks .said button[aria-pressed="false"] { opacity: .4; text-decoration: line-through; }
.map .timeline { display: flex; align-items: center; gap: 8px; min-height: 28px; }
.map .timeline[hidden] { display: none; }
.map .timeline button { width: 28px; height: 28px; flex: none; padding: 0; display: grid;
  place-items: center; cursor: pointer; border: 1px solid var(--line); border-radius: 6px;
  background: var(--paper); }
.map .timeline button:hover { background: var(--panel); }
.map .timeline input { flex: 1; min-width: 60px; accent-color: var(--accent); margin: 0; }
.map .timeline output { min-width: 6.5em; text-align: right; font-variant-numeric: tabular-nums; }
.map .timeline select { border: 1px solid var(--line); border-radius: 6px; height: 28px;
  background: var(--paper); padding: 0 4px; }
.map .legend { display: flex; flex-wrap: wrap; gap: 2px 6px; align-items: center;
  max-height: 78px; overflow-y: auto; scrollbar-width: thin; }
.map .legend .title { opacity: .65; margin-right: 4px; }
.map .legend .listed { display: contents; }
.map .legend button { display: flex; align-items: center; gap: 5px; max-width: 15em; padding: 1px 6px;
  border: 0; border-radius: 9px; background: transparent; cursor: pointer; }
.map .legend button span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.map .legend button:hover { background: var(--panel); }
.map .legend button[aria-pressed="false"] { opacity: .45; text-decoration: line-through; }
.map .legend i { flex: none; width: 10px; height: 10px; border-radius: 50%; }
.map .legend button[aria-pressed="false"] i { background: none !important;
  box-shadow: inset 0 0 0 1.5px var(--ink); }
.map .legend .ramp { width: 160px; height: 10px; border-radius: 5px; }
.map .legend input { width: 13em; padding: 1px 8px; border: 1px solid var(--line);
  border-radius: 9px; background: transparent; color: inherit; font: inherit; }
.map .legend .more { opacity: .65; }
.map .legend .end { font-variant-numeric: tabular-nums; }
.map .legend .none { display: flex; align-items: center; gap: 5px; margin-left: 10px; }
.map .hush { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

const MAP_ICONS = {
  lasso:
    '<path d="M8 2.5c3.3 0 5.5 1.6 5.5 3.8S11.3 10 8 10 2.5 8.5 2.5 6.3 4.7 2.5 8 2.5Z" stroke-dasharray="2.6 2"/><path d="M5.3 9.6c-1.3.3-1.9 1.1-1.5 2 .4.9 1.8.7 1.8 1.9"/>',
  line: '<path d="M3.5 12.5 12 4M12 4v4M12 4H8"/><circle cx="3.5" cy="12.5" r="1.2"/>',
  plus: '<path d="M8 3.5v9M3.5 8h9"/>',
  minus: '<path d="M3.5 8h9"/>',
  fit: '<path d="M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3"/>',
  names: '<path d="M4.2 12.5 8 3.5l3.8 9M5.6 9.5h4.8"/>',
  save: '<path d="M8 3v7M5 7.5 8 10.5l3-3M3.5 13h9"/>',
  play: '<path d="M5.5 3.5v9l7-4.5Z" fill="currentColor"/>',
  pause: '<path d="M5.5 4v8M10.5 4v8" stroke-width="2.2"/>',
};

// Only for the constants above: never for text that came with data.
function mapIcon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = MAP_ICONS[name];
  return svg;
}

function make(tag, className = "", properties = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  return element;
}
