// Pointers, wheel and keys on the map's canvas: what they mean, told to the map.

const CLICK_SLACK = 4; // pixels a pointer may wander and still click

function listenToInput(map) {
  const { canvas } = map.dom;
  const held = new Map(); // pointers that are down: id -> [x, y]
  let moved = 0;
  let stroke = null; // the lasso or the line being drawn, in pixels
  let straight = false; // whether it is a line

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const stop = (event) => {
    held.delete(event.pointerId);
    canvas.classList.remove("dragging");
    stroke = null;
    map.showStroke(null);
  };

  const listeners = {
    pointerdown(event) {
      if (event.button !== 0) return;
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      held.set(event.pointerId, place(event));
      moved = 0;
      straight = map.lining && !event.shiftKey;
      const wants = (straight || map.lassoing || event.shiftKey) && held.size === 1;
      stroke = wants ? [place(event)] : null;
      map.hover(-1);
    },
    pointermove(event) {
      const at = place(event);
      if (!held.has(event.pointerId)) {
        map.hoverAt(...at);
        return;
      }
      const [x, y] = held.get(event.pointerId);
      const step = Math.hypot(at[0] - x, at[1] - y);
      if (stroke) {
        if (step < 2) return;
        if (straight) stroke.length = 1;
        stroke.push(at);
        map.showStroke(stroke);
      } else if (held.size === 2) {
        const [other] = [...held].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
        const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
        map.pan((at[0] - x) / 2, (at[1] - y) / 2);
        map.zoom(apart(at) / apart([x, y]), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
      } else {
        if (moved < CLICK_SLACK && moved + step < CLICK_SLACK) return; // still a click
        canvas.classList.add("dragging");
        map.pan(at[0] - x, at[1] - y);
      }
      moved += step;
      held.set(event.pointerId, at);
    },
    pointerup(event) {
      if (!held.has(event.pointerId)) return;
      const drawn = stroke;
      const single = held.size === 1;
      stop(event);
      if (drawn && straight && drawn.length === 2) map.line(drawn);
      else if (drawn && !straight && drawn.length > 3) map.lasso(drawn);
      else if (single && moved < CLICK_SLACK) map.click(...place(event), event.altKey);
    },
    pointercancel: stop,
    pointerleave(event) {
      if (!held.has(event.pointerId)) map.hover(-1);
    },
    dblclick() {
      map.fit();
    },
    wheel(event) {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      map.zoom(Math.exp(-event.deltaY * lines * 0.0015), ...place(event));
    },
    keydown(event) {
      const arrows = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      if (event.ctrlKey || event.metaKey) return;
      if (event.key === "+" || event.key === "=") map.zoom(1.4);
      else if (event.key === "-") map.zoom(1 / 1.4);
      else if (event.key === "0") map.fit();
      else if (event.key === "l" || event.key === "L") map.setLassoing(!map.lassoing);
      else if (event.key === "Escape" && stroke) {
        stroke = null;
        held.clear();
        map.showStroke(null);
      } else if (event.key === "Escape") map.clear();
      else if (event.shiftKey && arrows[event.key]) {
        map.pan(...arrows[event.key].map((direction) => 40 * direction));
      } else return; // plain arrows belong to the page: previous and next image
      event.preventDefault();
      event.stopPropagation();
    },
  };
  for (const [name, listener] of Object.entries(listeners)) {
    canvas.addEventListener(name, listener, { passive: false });
  }
}
