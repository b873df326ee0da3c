// The graph as a file: a picture or its numbers, of what is shown or of the whole.

const SAVED_SCALE = 2; // pixels of the saved picture for each on screen
const SAVED_MARGIN = 24;
const SAVED_GUTTER = 110; // room for the names of the layers

function saveFile(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function loaded(address) {
  return new Promise((resolve) => {
    if (!address) return resolve(null);
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = address;
    return undefined;
  });
}

const GRAPH_EXPORT = {
  exported(whole) {
    const shown = whole ? Array.from(this.graph.layer, () => true) : this.shown();
    return { shown, places: placeVertices(this.graph, this.rows, shown, this.view.across, this.view.down) };
  },

  saveJson(whole) {
    const { graph } = this;
    const { shown } = this.exported(whole);
    const group = (place) => graph.groups[place]?.[0];
    const vertices = this.vertices.filter((v) => shown[v.i]).map(({ i }) => ({
      layer: graph.layers[graph.layer[i]],
      channel: graph.channel[i],
      images: graph.count[i],
      ...(graph.second ? { images_second: graph.second[i] } : {}),
      pagerank: Number(graph.pagerank[i].toPrecision(6)),
      graphs_with_it: graph.users[i],
      hub: Boolean(graph.flags[i] & 1),
      non_semantic: Boolean(graph.flags[i] & 2),
      ...(graph.groups.length ? { group: group(graph.group[i]) } : {}),
    }));
    const edges = this.edges.flatMap(({ a, b }, e) => (shown[a] && shown[b] ? [{
      layer: graph.layers[graph.layer[b]],
      channel_in: graph.channel[a],
      channel_out: graph.channel[b],
      influence: graph.influence[e],
      ...(graph.second_influence ? { influence_second: graph.second_influence[e] } : {}),
      ...(graph.groups.length ? { group: group(graph.edge_group[e]) } : {}),
    }] : []));
    const content = { of: graph.head.title, images: graph.images, layers: graph.layers, vertices, edges };
    saveFile(`${graph.name}.json`, new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
  },

  async savePng(whole) {
    const { graph } = this;
    const { shown, places } = this.exported(whole);
    const kept = this.vertices.filter((v) => shown[v.i]);
    const images = await Promise.all(kept.map((v) => loaded(this.address("picture", v.i, 0))));
    const edge = (sign, axis) => Math.max(0, ...kept.map((v) => sign * places[v.i][axis] + places[v.i][2] / 2));
    const [left, right, top, bottom] = [edge(-1, 0), edge(1, 0), edge(-1, 1), edge(1, 1)];
    const canvas = document.createElement("canvas");
    const width = left + right + 2 * SAVED_MARGIN + SAVED_GUTTER;
    const height = top + bottom + 2 * SAVED_MARGIN + 22;
    const scale = Math.min(SAVED_SCALE, 16_000 / width, 16_000 / height);
    [canvas.width, canvas.height] = [Math.ceil(width * scale), Math.ceil(height * scale)];
    const context = canvas.getContext("2d");
    const looks = getComputedStyle(this.root);
    const color = (name) => looks.getPropertyValue(name);
    context.scale(scale, scale);
    context.fillStyle = color("--paper");
    context.fillRect(0, 0, width, height);
    context.fillStyle = color("--ink");
    context.font = `600 14px ${looks.fontFamily}`;
    context.fillText(graph.head.title, SAVED_MARGIN, 22);
    context.translate(SAVED_MARGIN + SAVED_GUTTER + left, SAVED_MARGIN + 22 + top);
    const tint = (place) => graph.groups[place]?.[1] || "";
    this.edges.forEach(({ a, b, width: thick }, e) => {
      if (!shown[a] || !shown[b]) return;
      const curve = edgeCurve(places[a], places[b]);
      context.beginPath();
      context.moveTo(curve[0], curve[1]);
      context.bezierCurveTo(...curve.slice(2));
      context.lineWidth = thick;
      context.strokeStyle = tint(graph.edge_group[e]) || color("--ink");
      context.globalAlpha = tint(graph.edge_group[e]) ? 0.5 : 0.2;
      context.stroke();
    });
    context.globalAlpha = 1;
    context.font = `11px ${looks.fontFamily}`;
    kept.forEach((v, at) => {
      const [x, y, side] = places[v.i];
      if (images[at]) {
        context.imageSmoothingEnabled = !this.pictures.pixelated;
        context.drawImage(images[at], x - side / 2, y - side / 2, side, side);
      }
      context.strokeStyle = tint(graph.group[v.i]) || color("--ink");
      context.lineWidth = tint(graph.group[v.i]) ? 3 : 0.5;
      context.strokeRect(x - side / 2, y - side / 2, side, side);
    });
    context.fillStyle = color("--ink");
    graph.layers.forEach((name, layer) => {
      const some = kept.find((v) => graph.layer[v.i] === layer);
      if (some) context.fillText(name, -left - SAVED_GUTTER, places[some.i][1] + 4);
    });
    canvas.toBlob((blob) => blob && saveFile(`${graph.name}.png`, blob), "image/png");
  },

  // The page makes the PyVis file; it comes back as the part `file`.
  askForPage(whole) {
    this.wanted = Date.now();
    this.on({ kind: "export", whole, token: this.wanted });
  },

  takeFile(file) {
    if (!file || file.token !== this.wanted) return;
    this.wanted = 0;
    saveFile(file.name, new Blob([file.bytes], { type: "text/html" }));
  },
};
