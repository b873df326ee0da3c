// The network in small: one box per layer, as high as it is wide, the chosen one filled.

const BOX_LEAST = 8; // pixels
const BOX_MOST = 32;

// How many letters of the names before a dot, dash or stroke are the same: there is little room.
function commonStart(names) {
  const start = names[0]?.match(/^.*[._/-](?=.)/)?.[0] ?? "";
  return names.length > 1 && names.every((name) => name.startsWith(start) && name.length > start.length)
    ? start.length : 0;
}

class Minimap {
  constructor(element, choose) {
    this.choose = choose;
    this.root = element.appendChild(document.createElement("div"));
    this.root.className = "minimap";
    this.root.setAttribute("role", "radiogroup");
    this.root.setAttribute("aria-label", "Layer");
    this.root.addEventListener("keydown", (event) => this.press(event));
  }

  build(layers, channels) {
    const most = Math.max(...channels);
    const same = commonStart(layers);
    this.buttons = layers.map((name, layer) => {
      const button = document.createElement("button");
      const box = document.createElement("div");
      const bar = document.createElement("i");
      const words = document.createElement("span");
      button.type = "button";
      button.title = `${name}: ${channels[layer].toLocaleString("en")} channels`;
      button.dataset.layer = layer;
      button.setAttribute("role", "radio");
      button.setAttribute("aria-label", button.title);
      box.className = "box";
      bar.style.height = `${BOX_LEAST + ((BOX_MOST - BOX_LEAST) * channels[layer]) / most}px`;
      words.textContent = name.slice(same);
      box.append(bar);
      button.append(box, words);
      button.addEventListener("click", () => this.choose(layer));
      return button;
    });
    this.root.replaceChildren(...this.buttons);
  }

  mark(layer) {
    this.layer = layer;
    this.buttons?.forEach((button, at) => {
      button.setAttribute("aria-checked", String(at === layer));
      button.tabIndex = at === layer ? 0 : -1;
    });
  }

  press(event) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = this.layer + steps[event.key];
    event.preventDefault();
    event.stopPropagation();
    if (next < 0 || next >= this.buttons.length) return;
    this.choose(next);
    this.buttons[next].focus();
  }
}
