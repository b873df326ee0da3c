// The looks of the map of classes and of the small picture of the network below it.

const CLASS_MAP_STYLE = `
.classmap {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  --accent: var(--st-primary-color, #ff4b4b);
  position: relative; display: flex; flex-direction: column; gap: 6px; width: 100%;
  box-sizing: border-box; color: var(--ink);
  font: 400 12px/1.35 var(--st-font, system-ui, sans-serif);
}
.classmap * { box-sizing: border-box; }
.classmap button { font: inherit; color: inherit; }
.classmap .probe { position: absolute; width: 0; height: 0; visibility: hidden; color: var(--ink);
  background-color: var(--paper); transition: color 1ms linear, background-color 1ms linear; }
.classmap .stage { position: relative; flex: 1 1 0; min-height: 100px; overflow: hidden;
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px);
  background: var(--paper); }
.classmap canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block;
  touch-action: none; cursor: grab; outline: none; }
.classmap canvas.over { cursor: pointer; }
.classmap canvas.dragging { cursor: grabbing; }
.classmap .stage:has(canvas:focus-visible) { box-shadow: 0 0 0 2px var(--accent); }
.classmap .tools { position: absolute; top: 6px; right: 6px; display: flex; flex-direction: column;
  border: 1px solid var(--line); border-radius: 6px; overflow: hidden; background: var(--paper); }
.classmap .tools button { width: 26px; height: 26px; padding: 0; border: 0; background: transparent;
  cursor: pointer; opacity: .8; font-size: 15px; line-height: 1; }
.classmap .tools button + button { border-top: 1px solid var(--line); }
.classmap .tools button:hover { background: var(--panel); opacity: 1; }
.classmap .status { position: absolute; left: 8px; bottom: 7px; max-width: calc(100% - 16px);
  padding: 1px 7px; border-radius: 9px; background: var(--paper); border: 1px solid var(--line);
  opacity: .92; pointer-events: none; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.classmap .minimap { flex: none; display: flex; align-items: stretch; gap: 0; }
.classmap .minimap button { position: relative; flex: 1 1 0; min-width: 0; padding: 0;
  border: 0; background: transparent; cursor: pointer; display: flex; flex-direction: column;
  align-items: center; gap: 2px; }
.classmap .minimap .box { height: 34px; width: 100%; display: grid; place-items: center;
  position: relative; }
.classmap .minimap .box::before { content: ""; position: absolute; top: 50%; left: 0; right: 0;
  height: 1px; background: var(--ink); opacity: .3; }
.classmap .minimap button:first-child .box::before { left: 50%; }
.classmap .minimap button:last-child .box::before { right: 50%; }
.classmap .minimap i { position: relative; width: 16px; border-radius: 3px; background: var(--panel);
  border: 1px solid var(--ink); border-color: color-mix(in srgb, var(--ink) 45%, var(--paper)); }
.classmap .minimap button:hover i { border-color: var(--accent); }
.classmap .minimap button[aria-checked="true"] i { background: var(--accent);
  border-color: var(--accent); }
.classmap .minimap span { max-width: 100%; font-size: 10px; opacity: .75; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.classmap .minimap button[aria-checked="true"] span { opacity: 1; font-weight: 600; }
.classmap button:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px;
  border-radius: 4px; }
`;
