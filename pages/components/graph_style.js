// The looks of the attribution graph.

const GRAPH_STYLE = `
.graph {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  --accent: var(--st-primary-color, #ff4b4b);
  position: relative; display: flex; flex-direction: column; gap: 5px; width: 100%;
  box-sizing: border-box; color: var(--ink);
  font: 400 12px/1.35 var(--st-font, system-ui, sans-serif);
}
.graph * { box-sizing: border-box; }
.graph button { font: inherit; color: inherit; }
.graph .probe { position: absolute; width: 0; height: 0; visibility: hidden; color: var(--ink);
  background-color: var(--paper); transition: color 1ms linear, background-color 1ms linear; }
.graph .head { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 3px 18px;
  line-height: 1.25; min-height: 34px; }
.graph .head h2 { font-size: 17px; font-weight: 600; margin: 0; padding: 0; max-width: 22em;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: inherit; }
.graph .head div > span { display: block; font-size: 11px; opacity: .72; }
.graph .head b { font-weight: 600; font-variant-numeric: tabular-nums; }
.graph .head .histogram { width: 110px; height: 26px; display: block; }
.graph .head .note { opacity: .72; max-width: 34em; font-size: 11px; }
.graph .bar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px; }
.graph .bar label { display: flex; align-items: center; gap: 6px; white-space: nowrap; }
.graph .bar input[type="range"] { width: 96px; accent-color: var(--accent); margin: 0; }
.graph .bar output { min-width: 3.4em; font-variant-numeric: tabular-nums; opacity: .8; }
.graph .bar .legend { display: flex; flex-wrap: wrap; gap: 3px 10px; margin-left: auto; }
.graph .bar .legend span { display: flex; align-items: center; gap: 5px; }
.graph .bar .legend i { width: 11px; height: 11px; border-radius: 3px; border: 2px solid; }
.graph .stage { position: relative; flex: 1 1 0; min-height: 140px; overflow: hidden;
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px); background: var(--paper); }
.graph svg.scene { position: absolute; inset: 0; width: 100%; height: 100%; display: block;
  touch-action: none; cursor: grab; outline: none; user-select: none; will-change: transform; }
.graph svg.scene.dragging { cursor: grabbing; }
.graph svg.scene.over { cursor: pointer; }
.graph .stage:has(svg:focus-visible) { box-shadow: 0 0 0 2px var(--accent); }
.graph canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block;
  pointer-events: none; will-change: transform; }
.graph .vertex { cursor: pointer; outline: none; }
.graph .vertex rect { fill: var(--panel); stroke: var(--group, var(--line)); stroke-width: 1; }
.graph .vertex.grouped rect { stroke-width: 3; }
.graph .vertex.flagged rect { stroke: var(--st-orange-color, #d97a00); stroke-width: 2;
  stroke-dasharray: 3 2; }
.graph .vertex text { font-size: 9px; text-anchor: middle; fill: var(--ink); opacity: .75;
  pointer-events: none; }
.graph .vertex image { pointer-events: none; }
.graph.pixelated .vertex image, .graph.pixelated .card img { image-rendering: pixelated; }
.graph .vertex.faint image { opacity: .3; }
.graph .vertex.pinned rect { stroke: var(--ink); stroke-width: 3; }
.graph .vertex:focus-visible rect { stroke: var(--accent); stroke-width: 4; }
.graph .rowname { font-size: 11px; fill: var(--ink); opacity: .8; pointer-events: none;
  paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.graph .tools { position: absolute; top: 8px; right: 8px; display: flex; flex-direction: column;
  border: 1px solid var(--line); border-radius: 6px; overflow: hidden; background: var(--paper); }
.graph .tools button { width: 28px; height: 28px; padding: 0; border: 0; background: transparent;
  cursor: pointer; opacity: .8; font-size: 16px; line-height: 1; }
.graph .tools button + button { border-top: 1px solid var(--line); }
.graph .tools button:hover { background: var(--panel); opacity: 1; }
.graph button:focus-visible, .graph input:focus-visible, .graph summary:focus-visible {
  outline: 2px solid var(--accent); outline-offset: -1px; }
.graph details { position: relative; }
.graph summary { list-style: none; cursor: pointer; padding: 2px 10px; border-radius: 6px;
  border: 1px solid var(--line); background: var(--paper); white-space: nowrap; }
.graph summary::-webkit-details-marker { display: none; }
.graph summary:hover { background: var(--panel); }
.graph details .menu { position: absolute; z-index: 5; top: calc(100% + 4px); left: 0; padding: 6px;
  display: grid; grid-template-columns: auto auto auto; gap: 4px 6px; align-items: center;
  border: 1px solid var(--line); border-radius: 8px; background: var(--paper); min-width: 15em;
  box-shadow: 0 3px 14px rgba(0, 0, 0, .18); }
.graph details .menu button { padding: 2px 9px; border: 1px solid var(--line); border-radius: 5px;
  background: transparent; cursor: pointer; white-space: nowrap; }
.graph details .menu button:hover { background: var(--panel); }
.graph .words { position: absolute; inset: 0; display: grid; place-items: center; padding: 20px;
  text-align: center; pointer-events: none; }
.graph .words:empty { display: none; }
.graph .status { position: absolute; right: 8px; bottom: 7px; padding: 1px 7px; border-radius: 9px;
  background: var(--paper); border: 1px solid var(--line); opacity: .92; pointer-events: none;
  font-variant-numeric: tabular-nums; }
.graph .card { position: absolute; z-index: 3; left: 0; top: 0; width: 292px; padding: 9px;
  border: 1px solid var(--line); border-radius: 8px; background: var(--paper); pointer-events: none;
  box-shadow: 0 3px 16px rgba(0, 0, 0, .22); font-variant-numeric: tabular-nums; }
.graph .card[hidden] { display: none; }
.graph .card h3 { margin: 0 0 2px; padding: 0; font-size: 13px; font-weight: 600; color: inherit; }
.graph .card p { margin: 2px 0; padding: 0; }
.graph .card .muted { opacity: .72; }
.graph .card .warn { color: var(--st-orange-text-color, #b96500); }
.graph .card .strip { display: grid; gap: 4px; margin: 4px 0 3px; }
.graph .card .variants { grid-template-columns: repeat(4, 1fr); }
.graph .card .patches { grid-template-columns: repeat(5, 1fr); }
.graph .card .ends { grid-template-columns: 1fr auto 1fr; align-items: center; text-align: center; }
.graph .card img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain;
  border-radius: 3px; background: var(--panel); }
.graph .card .variants img.now { box-shadow: 0 0 0 2px var(--accent); }
`;
