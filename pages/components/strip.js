// The strip of cards: image, a few words, and probabilities as bars; createStrip(element, data, on)
// knows no Streamlit, the last function of the file is the adapter that does.
// `data` is {key, height} and the parts cards and view (or null).

const STRIP_STYLE = `
.strip {
  --ink: var(--st-text-color, #31333f);
  --paper: var(--st-background-color, #fff);
  --panel: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(49, 51, 63, .2));
  --accent: var(--st-primary-color, #ff4b4b);
  --wrong: var(--st-red-color, #e5484d);
  box-sizing: border-box; width: 100%; overflow-y: auto; scrollbar-width: thin; color: var(--ink);
  border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px); padding: 6px;
  font: 400 12px/1.35 var(--st-font, system-ui, sans-serif);
}
.strip * { box-sizing: border-box; }
.strip .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(164px, 1fr));
  gap: 6px; }
.strip .group { grid-column: 1 / -1; margin-top: 2px; }
.strip .group b { font-weight: 600; }
.strip .card { padding: 6px; border: 1px solid var(--line); border-radius: 6px; cursor: pointer;
  min-width: 0; outline: none; }
.strip .card.wrong { border-color: var(--wrong); }
.strip .card.hovered { box-shadow: 0 0 0 1.5px var(--ink); }
.strip .card.picked { box-shadow: 0 0 0 1px var(--paper), 0 0 0 3px var(--ink); }
.strip .card:focus-visible { box-shadow: 0 0 0 2px var(--accent); }
.strip .head { display: flex; gap: 7px; margin-bottom: 4px; }
.strip .head img { flex: none; width: 48px; height: 48px; object-fit: contain; border-radius: 3px;
  image-rendering: pixelated; background: var(--panel); }
.strip .says { min-width: 0; font-variant-numeric: tabular-nums; }
.strip .says div { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.strip .says .title { font-weight: 600; }
.strip .says .note { opacity: .72; }
.strip .bar { display: grid; grid-template-columns: 4.2em minmax(0, 1fr) 2.6em; gap: 5px;
  align-items: center; font-size: 11px; line-height: 1.3; }
.strip .bar span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.strip .bar .true { font-weight: 700; text-decoration: underline; }
.strip .bar .number { text-align: right; font-variant-numeric: tabular-nums; }
.strip .track { position: relative; height: 9px; border-radius: 2px; background: var(--panel); }
.strip .track i { position: absolute; left: 0; top: 0; height: 100%; border-radius: 2px; }
.strip .track u { position: absolute; top: -2px; bottom: -2px; width: 2px; background: var(--ink);
  box-shadow: 0 0 0 1px var(--paper); }
.strip .words { opacity: .7; padding: 12px; text-align: center; }
`;

function stripPart(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function shortShare(share) {
  if (share > 0 && share < 0.005) return "<.01";
  if (share < 1 && share >= 0.995) return ">.99";
  return share.toFixed(2).replace(/^0/, "");
}

function createStrip(element, data, on) {
  const strip = new CardStrip(element, data, on);
  strip.update(data);
  return strip;
}

class CardStrip {
  constructor(element, data, on) {
    this.key = data.key;
    this.on = on;
    this.parts = { cards: null, view: null };
    this.root = element.appendChild(stripPart("div", "strip"));
    this.list = stripPart("div", "cards");
    this.list.setAttribute("role", "listbox");
    const style = stripPart("style", "", STRIP_STYLE);
    this.root.append(style, this.list);
    this.stopListening = new AbortController();
    const { signal } = this.stopListening;
    const cardOf = (event) => event.target.closest?.(".card");
    this.list.addEventListener("pointerover", (event) => this.hover(cardOf(event)));
    this.list.addEventListener("pointerleave", () => this.hover(null));
    this.list.addEventListener("focusin", (event) => this.hover(cardOf(event)));
    this.list.addEventListener("focusout", () => this.hover(null));
    this.list.addEventListener("click", (event) => this.pick(cardOf(event)));
    this.list.addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("darkroom:hover", ({ detail }) => {
      if (detail.source === this.key || detail.study !== (this.parts.view?.study ?? "")) return;
      this.mark("hovered", detail.sample);
    }, { signal });
  }

  get cards() {
    return [...this.list.querySelectorAll(".card")];
  }

  update(data) {
    if (data.height) this.root.style.maxHeight = `${data.height}px`;
    const newCards = "cards" in data && data.cards !== this.parts.cards;
    for (const part of ["cards", "view"]) if (part in data) this.parts[part] = data[part];
    if (newCards) this.build();
    this.mark("picked", this.parts.view?.picked ?? null);
  }

  build() {
    this.hover(null);
    const { cards, thumbnails, empty } = this.parts.cards ?? { cards: [] };
    const children = [];
    let group = "";
    for (const card of cards) {
      if (card.group !== group) {
        group = card.group;
        const heading = stripPart("div", "group");
        const [title, ...rest] = group.split("\n");
        heading.append(stripPart("b", "", title), rest.length ? ` ${rest.join(" ")}` : "");
        children.push(heading);
      }
      children.push(this.card(card, thumbnails));
    }
    if (!cards.length && empty) children.push(stripPart("div", "group words", empty));
    this.list.replaceChildren(...children);
    this.root.dataset.cards = cards.length;
    this.root.scrollTop = 0;
    this.cards.forEach((card, place) => (card.tabIndex = place ? -1 : 0));
  }

  card(card, thumbnails) {
    const box = stripPart("div", `card${card.wrong ? " wrong" : ""}`);
    box.dataset.sample = card.sample;
    box.setAttribute("role", "option");
    const head = stripPart("div", "head");
    const source = thumbnails ? thumbnails.replaceAll("{id}", card.sample) : card.picture;
    if (source) {
      const image = stripPart("img");
      image.alt = `#${card.sample}`;
      image.draggable = false;
      image.src = source;
      image.addEventListener("error", () => image.remove());
      head.append(image);
    }
    const says = stripPart("div", "says");
    says.append(stripPart("div", "title", card.title));
    card.notes.forEach((note) => says.append(stripPart("div", "note", note)));
    says.title = [card.title, ...card.notes].join("\n");
    head.append(says);
    box.append(head, ...card.bars.map((bar) => this.bar(bar)));
    return box;
  }

  bar([name, color, share, other, isTrue]) {
    const row = stripPart("div", "bar");
    const label = stripPart("span", isTrue ? "true" : "", name);
    const track = stripPart("div", "track");
    const fill = stripPart("i");
    fill.style.cssText = `width:${100 * share}%;background:${color}`;
    track.append(fill);
    if (other !== null) {
      const tick = stripPart("u");
      tick.style.left = `calc(${100 * other}% - 1px)`;
      track.append(tick);
    }
    const said = other === null ? "" : `, student ${other.toFixed(3)}`;
    row.title = `${name}: ${share.toFixed(3)}${said}${isTrue ? " (true class)" : ""}`;
    row.append(label, track, stripPart("span", "number", shortShare(share)));
    return row;
  }

  mark(className, sample) {
    for (const card of this.cards) {
      const is = sample !== null && Number(card.dataset.sample) === sample;
      card.classList.toggle(className, is);
      if (className === "picked") card.setAttribute("aria-selected", String(is));
    }
  }

  hover(card) {
    const sample = card ? Number(card.dataset.sample) : null;
    if (sample === (this.hovered ?? null)) return;
    this.hovered = sample;
    this.mark("hovered", sample);
    const detail = { study: this.parts.view?.study ?? "", sample, source: this.key };
    window.dispatchEvent(new CustomEvent("darkroom:hover", { detail }));
  }

  pick(card) {
    if (!card) return;
    const sample = Number(card.dataset.sample);
    this.mark("picked", sample);
    this.on({ kind: "pick", sample });
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { cards } = this;
    const at = cards.indexOf(event.target.closest(".card"));
    const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -at, End: cards.length - 1 - at };
    if (event.key === "Enter" || event.key === " ") this.pick(cards[at]);
    else if (event.key in steps) {
      const next = cards[Math.max(0, Math.min(cards.length - 1, at + steps[event.key]))];
      cards.forEach((card) => (card.tabIndex = card === next ? 0 : -1));
      next?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  destroy() {
    this.hover(null);
    this.stopListening.abort();
    this.root.remove();
  }
}

export default function (component) {
  return mounted(component, ["cards", "view"], createStrip);
}
