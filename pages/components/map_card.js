// The card beside the hovered point. Every text is set as text: class names are not to be trusted.

const MAP_CARD = {
  facts(index) {
    const rows = [["image", `#${this.idOf(index)}`]];
    const labels = this.part("labels");
    const colors = this.part("colors");
    if (labels) {
      const from = this.codesFrom(labels);
      const [truth, said] = [labels.true[index], labels.predicted[from + index]];
      const before = labels.original?.[index] ?? truth;
      rows.push(["true", labels.names[truth]]);
      if (before !== truth) {
        rows.push(["label", `flipped on purpose: was ${labels.names[before]}`, true]);
      }
      rows.push(["predicted", `${labels.names[said]} ${truth === said ? "✓" : "✗"}`, truth !== said]);
    }
    if (colors?.kind === "value") {
      const code = colors.values[this.codesFrom(colors) + index];
      const value = colors.low + (code / 65534) * (colors.high - colors.low);
      const beyond = code === 0 ? "≤ " : code === 65534 ? "≥ " : "";
      rows.push([colors.title || "value", code === 65535 ? "no value" : beyond + shortNumber(value)]);
    } else if (colors && !labels) {
      rows.push([colors.title || "class", colors.names[colors.values[this.codesFrom(colors) + index]]]);
    }
    return rows;
  },

  fillCard() {
    const { card, image, facts, near } = this.dom;
    if (this.hovered < 0) return this.fillPlaceCard();
    card.hidden = false;
    card.classList.remove("place");
    this.saidOfPlace = null;
    near.replaceChildren();
    facts.replaceChildren(
      ...this.facts(this.hovered).flatMap(([name, value, wrong]) => [
        make("dt", "", { textContent: name }),
        make("dd", wrong ? "wrong" : "", { textContent: value }),
      ]),
    );
    const template = this.parts.view?.thumbnails;
    image.hidden = !template;
    image.removeAttribute("src");
    if (template) image.src = template.replaceAll("{id}", this.idOf(this.hovered));
  },

  placeCard() {
    const { card } = this.dom;
    if (card.hidden) return;
    const [x, y] = this.hovered < 0 ? this.toScreen(this.place) : this.screenOf(this.hovered);
    const [width, height] = this.box;
    const away = x < -20 || y < -20 || x > width + 20 || y > height + 20;
    card.style.visibility = away ? "hidden" : "visible"; // hovered elsewhere, out of this view
    const fitInto = (at, size, room, kept) => {
      const wanted = at + 14 + size <= room - kept ? at + 14 : at - 14 - size;
      return Math.max(4, Math.min(room - size - 4, wanted));
    };
    const left = fitInto(x, card.offsetWidth, width, 44); // clear of the buttons
    const top = fitInto(y, card.offsetHeight, height, 4);
    card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  },
};
