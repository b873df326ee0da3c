// Above the graph: what it is of, the sliders, the exports, the legend.

const GRAPH_TOOLS = {
  fillHead() {
    const { title, facts, histogram, note } = this.graph.head;
    const parts = [];
    if (title) {
      const heading = graphPart("h2", "", title);
      heading.title = title;
      parts.push(heading);
    }
    for (const [name, value] of facts) {
      const fact = graphPart("div");
      fact.append(graphPart("span", "", name), graphPart("b", "", value));
      parts.push(fact);
    }
    if (histogram.length) {
      const box = graphPart("div");
      box.append(graphPart("span", "", "probability of its class, 0 to 1"), smallHistogram(histogram, 110, 26));
      box.title = histogramWords(histogram);
      parts.push(box);
    }
    if (note) parts.push(graphPart("div", "note", note));
    this.head.replaceChildren(...parts);
    this.head.hidden = !parts.length;
  },

  makeBar() {
    const slider = (words, name, low, high, step, unit) => {
      const label = graphPart("label");
      const input = graphPart("input");
      const output = graphPart("output");
      Object.assign(input, { type: "range", min: low, max: high, step });
      input.dataset.name = name;
      input.setAttribute("aria-label", words);
      label.append(graphPart("span", "", words), input, output);
      input.addEventListener("input", () => {
        this.view[name] = Number(input.value);
        this.showScale();
        this.fits ||= name !== "least";
        this.arrange();
        this.shareScale();
      });
      input.addEventListener("change", () => this.tellScale());
      input.addEventListener("keydown", (event) => event.stopPropagation());
      this.sliders[name] = { input, output, unit };
      return label;
    };
    this.sliders = {};
    this.flagged = graphPart("label");
    const box = graphPart("input");
    box.type = "checkbox";
    box.addEventListener("change", () => {
      this.view.hideFlagged = box.checked;
      this.arrange();
      this.on({ kind: "flagged", hide: box.checked });
    });
    this.flagged.append(box, graphPart("span", "", "without flagged channels"));
    this.flagged.title = "Channels that serve nearly every class alike, or respond to the frame of the image";
    this.legend = graphPart("div", "legend");
    this.bar.append(
      slider("images at least", "least", 0, 1, 1, ""),
      slider("width", "across", 40, 300, 10, " %"),
      slider("height", "down", 40, 300, 10, " %"),
      this.flagged,
      this.exportMenu(),
      this.legend,
    );
  },

  exportMenu() {
    const details = graphPart("details");
    const menu = graphPart("div", "menu");
    const row = (words, act) => {
      const button = (text, whole) => {
        const made = graphPart("button", "", text);
        made.type = "button";
        made.setAttribute("aria-label", `${words}, ${text}`);
        made.addEventListener("click", () => {
          details.open = false;
          act(whole);
        });
        return made;
      };
      menu.append(graphPart("span", "", words), button("what is shown", false), button("whole graph", true));
    };
    row("PNG", (whole) => this.savePng(whole));
    row("JSON", (whole) => this.saveJson(whole));
    row("PyVis page", (whole) => this.askForPage(whole));
    details.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      details.open = false;
      event.stopPropagation();
    });
    details.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
    });
    details.append(graphPart("summary", "", "Export"), menu);
    return details;
  },

  fillBar() {
    const { graph, sliders } = this;
    sliders.least.input.max = Math.max(1, ...graph.size);
    const flagged = Array.from(graph.flags).some((flag) => flag > 0);
    this.flagged.hidden = !flagged;
    this.flagged.style.display = flagged ? "" : "none";
    this.flagged.querySelector("input").checked = this.view.hideFlagged;
    this.legend.replaceChildren(...graph.groups.map(([name, color]) => {
      const entry = graphPart("span");
      const swatch = graphPart("i");
      swatch.style.borderColor = color || "var(--line)";
      entry.append(swatch, graphPart("b", "", name));
      entry.lastChild.style.fontWeight = "400";
      return entry;
    }));
    this.showScale();
  },

  showScale() {
    for (const [name, { input, output, unit }] of Object.entries(this.sliders ?? {})) {
      input.value = this.view[name];
      output.textContent = `${Number(this.view[name]).toLocaleString("en")}${unit}`;
    }
  },

  tellScale() {
    const { least, across, down } = this.view;
    this.on({ kind: "scale", least, across, down });
  },

  // Linked graphs follow at once.
  shareScale() {
    const { link, least, across, down } = this.view;
    if (!link) return;
    const detail = { link, source: this.key, least, across, down };
    window.dispatchEvent(new CustomEvent("darkroom:graph-scale", { detail }));
  },

  tellHover() {
    const link = this.view?.link;
    if (!link) return;
    const id = this.vertex >= 0 ? this.vertices[this.vertex].id : null;
    window.dispatchEvent(new CustomEvent("darkroom:channel", { detail: { link, source: this.key, id } }));
  },
};
