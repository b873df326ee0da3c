// The looks of the list of classes.

const CLASS_LIST_STYLE = `
.classlist {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  --accent: var(--st-primary-color, #ff4b4b);
  --like: color-mix(in srgb, #8b5fc7 85%, var(--ink));
  position: relative; display: flex; flex-direction: column; width: 100%; box-sizing: border-box;
  color: var(--ink); border: 1px solid var(--line); overflow: hidden;
  border-radius: var(--st-base-radius, 8px); font: 400 12px/1.3 var(--st-font, system-ui, sans-serif);
}
.classlist * { box-sizing: border-box; }
.classlist .tools { flex: none; display: flex; gap: 6px; padding: 6px; align-items: center; }
.classlist input, .classlist select { font: inherit; color: inherit; height: 26px; padding: 0 6px;
  border: 1px solid var(--line); border-radius: 5px; background: var(--paper); min-width: 0; }
.classlist input { flex: 1 1 0; }
.classlist select { flex: none; max-width: 11em; }
.classlist select option { background: var(--paper); }
.classlist .row { display: grid; grid-template-columns: minmax(0, 1fr) 62px 38px 64px 22px; gap: 7px;
  align-items: center; height: 32px; padding: 0 4px 0 9px; cursor: pointer; outline: none;
  font-variant-numeric: tabular-nums; }
.classlist.bare .row { grid-template-columns: minmax(0, 1fr) 110px 34px 22px; }
.classlist .heads { height: 20px; font-size: 10.5px; cursor: default; color: var(--ink);
  opacity: .72; }
.classlist .heads span { white-space: nowrap; }
.classlist .row .right { text-align: right; }
.classlist .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.classlist .like { position: relative; height: 10px; border-radius: 2px; background: var(--panel); }
.classlist .like i { position: absolute; left: 0; top: 0; bottom: 0; border-radius: 2px;
  background: var(--like); }
.classlist .histogram { display: block; width: 64px; height: 22px; color: var(--ink); }
.classlist .row.top { flex: none; border-top: 1px solid var(--line);
  border-bottom: 1px solid var(--line); background: var(--panel); cursor: default; }
.classlist .row.top .name { font-weight: 600; }
.classlist .row.top .like { background: var(--paper); }
.classlist .scroll { position: relative; flex: 1 1 0; overflow-y: auto; scrollbar-width: thin;
  overflow-anchor: none; background: var(--paper); will-change: scroll-position; contain: strict; }
.classlist .rows { position: relative; }
.classlist .rows .row { position: absolute; left: 0; right: 0; }
.classlist .rows .row:hover, .classlist .rows .row.hovered { background: var(--panel); }
.classlist .rows .row:focus-visible { box-shadow: inset 0 0 0 2px var(--accent); }
.classlist .row.second .name { font-weight: 600; text-decoration: underline dotted; }
.classlist .row button { width: 22px; height: 22px; padding: 0; border: 0; border-radius: 4px;
  background: transparent; color: inherit; font: inherit; cursor: pointer; opacity: .72; }
.classlist .row:hover button, .classlist .row:focus-within button,
.classlist .row.second button { opacity: .85; }
.classlist .row button:hover { background: var(--paper); opacity: 1; }
.classlist button:focus-visible, .classlist input:focus-visible, .classlist select:focus-visible {
  outline: 2px solid var(--accent); outline-offset: -1px; }
.classlist .words { padding: 12px; opacity: .75; }
.classlist .words:empty { display: none; }
.classlist .foot { flex: none; padding: 3px 9px; font-size: 10.5px; opacity: .75; border-top:
  1px solid var(--line); }
.classlist .foot:empty { display: none; }
`;
