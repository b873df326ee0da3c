// The card beside a vertex or an edge: its values, four variants, ten patches, both ends.

const CARD_GAP = 12; // pixels between a vertex and its card
const STRONGEST = 3; // influences that the card names

function graphPart(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function wholeNumber(value) {
  return Math.round(value).toLocaleString("en");
}

const GRAPH_CARD = {
  // What is under the pointer or in focus, else what is pinned, stands out.
  focusOn({ vertex = -1, edge = -1 } = {}, told = false) {
    if (vertex >= 0 && !this.shownNow?.[vertex]) vertex = -1;
    if (vertex < 0 && edge < 0 && this.pinned >= 0 && this.shownNow?.[this.pinned]) vertex = this.pinned;
    if (vertex === this.vertex && edge === this.edge && this.lit) return;
    if (this.vertex >= 0) this.showVariant(this.vertex, 0);
    [this.vertex, this.edge] = [vertex, edge];
    const lit = new Set();
    const litEdges = new Set();
    if (vertex >= 0) {
      lit.add(vertex);
      this.edges.forEach(({ a, b, alphaGoal }, e) => {
        if (!alphaGoal || (a !== vertex && b !== vertex)) return;
        litEdges.add(e);
        lit.add(a === vertex ? b : a);
      });
    }
    if (edge >= 0) {
      litEdges.add(edge);
      lit.add(this.edges[edge].a).add(this.edges[edge].b);
    }
    if (!lit.size) this.standing().forEach((e) => {
      litEdges.add(e);
      lit.add(this.edges[e].a).add(this.edges[e].b);
    });
    this.lightUp([...lit], [...litEdges]);
    this.root.dataset.focus = vertex >= 0 ? this.vertices[vertex].id : edge >= 0 ? `edge ${edge}` : "";
    this.fillCard();
    if (!told) this.tellHover();
  },

  // The edges that stand out as long as nothing is looked at: those of a motif.
  standing() {
    return this.edges.flatMap((edge, e) => (edge.standing && edge.alphaGoal ? [e] : []));
  },

  fillCard() {
    const { card, vertex, edge } = this;
    card.hidden = vertex < 0 && edge < 0;
    if (card.hidden) return;
    card.replaceChildren(...(vertex >= 0 ? this.vertexCard(vertex) : this.edgeCard(edge)));
    this.placeCard();
  },

  placeCard() {
    const { card, vertex, edge, frame } = this;
    if (!card || card.hidden || !frame) return;
    const [width, height] = this.box;
    const at = vertex >= 0 ? this.vertices[vertex].at : [...curveAt(this.edges[edge].curve, 0.5), 0];
    const half = (at[2] / 2) * frame.scale + CARD_GAP;
    const [x, y] = [frame.x + at[0] * frame.scale, frame.y + at[1] * frame.scale];
    const [wide, tall] = [card.offsetWidth, card.offsetHeight];
    const left = x + half + wide <= width - 4 ? x + half : x - half - wide;
    const top = Math.max(4, Math.min(height - tall - 4, y - tall / 2));
    card.style.transform =
      `translate(${Math.round(Math.max(4, Math.min(width - wide - 4, left)))}px, ${Math.round(top)}px)`;
  },

  ofImages(count, of) {
    return of ? `${wholeNumber(count)} of ${wholeNumber(of)} images (${Math.round((100 * count) / of)} %)`
      : `${wholeNumber(count)} images`;
  },

  name(i) {
    return `${this.graph.layers[this.graph.layer[i]]}, channel ${this.graph.channel[i]}`;
  },

  words(i) {
    return `${this.name(i)}: ${this.ofImages(this.graph.count[i], this.graph.images)}`;
  },

  vertexCard(i) {
    const { graph, pictures } = this;
    const parts = [graphPart("h3", "", this.name(i))];
    const group = graph.groups[graph.group[i]];
    if (group) parts.push(graphPart("p", "", group[0]));
    const compared = Boolean(graph.second);
    if (compared) {
      parts.push(graphPart("p", "", `chosen by ${wholeNumber(graph.count[i])} images of the first class, ` +
        `${wholeNumber(graph.second[i])} of the second`));
    } else parts.push(graphPart("p", "", `chosen by ${this.ofImages(graph.count[i], graph.images)}`));
    const others = graph.users[i] - 1;
    parts.push(graphPart("p", "muted", `PageRank ${graph.pagerank[i].toExponential(2)} · in ` +
      (others > 0 ? `${wholeNumber(others)} other ${others === 1 ? "class's graph" : "classes’ graphs"}` : "no other class’s graph")));
    if (graph.flags[i] & 1) parts.push(graphPart("p", "warn", "Hub: serves nearly every class alike"));
    if (graph.flags[i] & 2) parts.push(graphPart("p", "warn", "Responds to the frame of the image"));
    const below = this.strongest(i, "b", "a");
    const above = this.strongest(i, "a", "b");
    if (below) parts.push(graphPart("p", "muted", `driven by ${below}`));
    if (above) parts.push(graphPart("p", "muted", `drives ${above}`));
    parts.push(...this.strip("picture", "variants", i, pictures.variants[i], pictures.variantsNote));
    parts.push(...this.strip("patch", "patches", i, pictures.patches[i], pictures.patchesNote));
    return parts;
  },

  strongest(i, own, other) {
    const joined = this.edges
      .map((edge, e) => [edge, this.graph.influenceOf(e)])
      .filter(([edge]) => edge[own] === i && edge.alphaGoal)
      .sort((x, y) => y[1] - x[1])
      .slice(0, STRONGEST);
    return joined.map(([edge, count]) => `${this.graph.channel[edge[other]]} (${wholeNumber(count)})`).join(", ");
  },

  strip(kind, className, i, count, note) {
    const said = note ? [graphPart("p", "muted", note)] : [];
    if (!count || (kind === "picture" && count < 2)) return said;
    const strip = graphPart("div", `strip ${className}`);
    for (let number = 0; number < count; number++) {
      const address = this.address(kind, i, number);
      if (!address) continue;
      const image = graphPart("img");
      image.alt = kind === "patch" ? `Patch ${number + 1}` : `Variant ${number + 1}`;
      image.draggable = false;
      image.src = address;
      if (kind === "picture" && number === this.variant) image.className = "now";
      strip.append(image);
    }
    return strip.childElementCount ? [strip, ...said] : said;
  },

  edgeCard(e) {
    const { graph } = this;
    const { a, b } = this.edges[e];
    const ends = graphPart("div", "strip ends");
    const end = (i) => {
      const box = graphPart("div");
      const address = this.address("picture", i, 0);
      if (address) {
        const image = graphPart("img");
        image.src = address;
        image.alt = "";
        box.append(image);
      }
      box.append(graphPart("p", "muted", this.name(i)));
      return box;
    };
    ends.append(end(a), graphPart("span", "", "→"), end(b));
    const parts = [graphPart("h3", "", "Influence"), ends];
    const group = graph.groups[graph.edge_group[e]];
    if (group) parts.push(graphPart("p", "", group[0]));
    if (graph.second_influence) {
      parts.push(graphPart("p", "", `among the strongest for ${wholeNumber(graph.influence[e])} images of ` +
        `the first class, ${wholeNumber(graph.second_influence[e])} of the second`));
    } else {
      parts.push(graphPart("p", "", `among the strongest for ${this.ofImages(graph.influence[e], graph.images)}`));
    }
    return parts;
  },

  // Left to right over a vertex: its variants one after the other.
  scrub(i, share) {
    const count = this.pictures?.variants[i] ?? 0;
    if (count < 2) return;
    this.showVariant(i, Math.max(0, Math.min(count - 1, Math.floor(share * count))));
  },

  showVariant(i, number) {
    const v = this.vertices[i];
    if (!v?.image || (v.variant ?? 0) === number) return;
    v.variant = number;
    this.variant = number;
    v.image.setAttribute("href", this.address("picture", i, number));
    this.root.dataset.variant = number;
    this.card.querySelectorAll(".variants img").forEach((image, at) =>
      image.classList.toggle("now", at === number));
  },

  address(kind, i, number) {
    const { pictures, graph } = this;
    const count = pictures?.[kind === "patch" ? "patches" : "variants"][i] ?? 0;
    const [layer, channel] = [graph.layer[i], graph.channel[i]];
    if (kind === "picture" && !count) return pictures?.patches[i] ? this.address("patch", i, 0) : null;
    if (number >= count) return null;
    const template = pictures[kind];
    if (!template) return pictures.inline[`${kind}/${layer}/${channel}/${number}`] ?? null;
    return template.replace("{layer}", layer).replace("{channel}", channel).replace("{number}", number);
  },
};
