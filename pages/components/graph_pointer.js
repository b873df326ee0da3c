// Pointer, wheel and keys on the graph: what they mean, told to the graph.

const GRAPH_SLACK = 4; // pixels a pointer may wander and still click
const EDGE_REACH = 7; // pixels from an edge at which it counts as hovered

function listenToGraph(graph) {
  const { svg } = graph;
  let held = null;
  let moved = 0;
  const place = (event) => {
    const box = svg.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const vertexOf = (event) => {
    const element = event.target.closest?.(".vertex");
    return element ? Number(element.dataset.index) : -1;
  };
  const hover = (event) => {
    const vertex = vertexOf(event);
    const edge = vertex < 0 ? graph.nearestEdge(place(event), EDGE_REACH) : -1;
    svg.classList.toggle("over", vertex >= 0);
    graph.focusOn({ vertex, edge });
    if (vertex < 0) return;
    const box = graph.vertices[vertex].rect.getBoundingClientRect();
    graph.scrub(vertex, (event.clientX - box.left) / (box.width || 1));
  };
  const listeners = {
    pointerdown(event) {
      if (event.button !== 0) return;
      [held, moved] = [place(event), 0];
    },
    pointermove(event) {
      if (!held) return hover(event);
      const at = place(event);
      const step = [at[0] - held[0], at[1] - held[1]];
      if (moved + Math.hypot(...step) < GRAPH_SLACK) return undefined; // still a click
      if (moved < GRAPH_SLACK) svg.setPointerCapture(event.pointerId);
      moved += Math.hypot(...step);
      held = at;
      svg.classList.add("dragging");
      return graph.pan(...step);
    },
    pointerup(event) {
      if (held && moved < GRAPH_SLACK) graph.pin(vertexOf(event));
      held = null;
      svg.classList.remove("dragging");
    },
    pointercancel() {
      held = null;
    },
    pointerleave() {
      if (!held) graph.focusOn();
    },
    dblclick: () => graph.fit(),
    wheel(event) {
      event.preventDefault();
      graph.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 16 : 1) * 0.0015), ...place(event));
    },
    focusin: (event) => graph.focusOn({ vertex: vertexOf(event) }),
    focusout: () => graph.focusOn(),
    keydown(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const vertex = vertexOf(event);
      if (event.key === "+" || event.key === "=") graph.zoom(1.3);
      else if (event.key === "-") graph.zoom(1 / 1.3);
      else if (event.key === "0") graph.fit();
      else if (event.key === "Escape") graph.pin(-1);
      else if (vertex >= 0 && (event.key === "Enter" || event.key === " ")) graph.pin(vertex);
      else if (vertex >= 0 && event.key.startsWith("Arrow")) graph.goTo(vertex, event.key);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  };
  for (const [name, listener] of Object.entries(listeners)) {
    svg.addEventListener(name, listener, { passive: false });
  }
}
