// Play, scrub and speed. Time runs in epoch numbers 0, 1, 2, ... and rests on whole ones only.

function makeTimeline(dom, { onTime, onRest }) {
  const play = make("button", "", { type: "button" });
  const slider = make("input", "", { type: "range", min: 0, step: "any", ariaLabel: "Epoch" });
  const shown = make("output");
  const speed = make("select", "", { ariaLabel: "Speed", title: "Speed" });
  [0.5, 1, 2, 4].forEach((x) => speed.add(new Option(`${x}×`, x, x === 1, x === 1)));
  dom.append(play, slider, shown, speed);

  const timeline = {
    epochs: [],
    time: 0,
    playing: false,
    get settling() {
      return this.target !== null;
    },
    target: null, // the whole epoch to which a pause or a scrub glides
    slider,

    setEpochs(epochs) {
      this.epochs = epochs;
      dom.hidden = epochs.length < 2;
      slider.max = Math.max(1, epochs.length - 1);
      if (dom.hidden) this.playing = false;
      this.target = null;
      this.time = Math.max(0, Math.min(this.time, epochs.length - 1));
      this.show();
    },

    go(index) {
      this.playing = false;
      this.target = null;
      this.time = index;
      this.show();
      onTime(false);
    },

    // Goes there and tells so, as after a scrub.
    jump(index) {
      this.go(index);
      onTime(true);
      this.rest();
    },

    // Stands where another map's time stands, and tells nobody.
    follow(time) {
      this.playing = false;
      this.target = null;
      this.time = Math.max(0, Math.min(time, this.epochs.length - 1));
      this.show();
    },

    // Moves on by so many seconds; true while there is more to come.
    advance(seconds) {
      const last = this.epochs.length - 1;
      if (this.playing) {
        this.time = Math.min(last, this.time + seconds * 1.25 * Number(speed.value));
        if (this.time === last) this.rest();
      } else if (this.target !== null) {
        const step = seconds * 4;
        const way = this.target - this.time;
        this.time = Math.abs(way) <= step ? this.target : this.time + Math.sign(way) * step;
        if (this.time === this.target) this.rest();
      } else return false;
      this.show();
      return this.playing || this.target !== null;
    },

    rest() {
      this.playing = false;
      this.target = null;
      onRest(this.epochs[this.time]);
    },

    show() {
      const label = this.playing ? "Pause" : "Play";
      if (play.title !== label) {
        Object.assign(play, { title: label, ariaLabel: label });
        play.replaceChildren(mapIcon(label.toLowerCase()));
      }
      slider.value = this.time;
      const epoch = this.epochs[Math.round(this.time)];
      const text = epoch === undefined ? "" : `epoch ${epoch}`;
      if (shown.textContent !== text) {
        shown.textContent = text;
        slider.setAttribute("aria-valuetext", text);
      }
    },
  };

  play.addEventListener("click", () => {
    if (timeline.playing) {
      timeline.playing = false;
      timeline.target = Math.ceil(timeline.time);
    } else {
      if (timeline.time >= timeline.epochs.length - 1) timeline.time = 0;
      timeline.target = null;
      timeline.playing = true;
    }
    timeline.show();
    onTime(true);
  });
  slider.addEventListener("input", () => {
    timeline.playing = false;
    timeline.target = null;
    timeline.time = Number(slider.value);
    timeline.show();
    onTime(true);
  });
  slider.addEventListener("change", () => {
    timeline.target = Math.round(timeline.time);
    onTime(true);
  });
  slider.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    if (!steps[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    const last = timeline.epochs.length - 1;
    const from = timeline.target ?? Math.round(timeline.time);
    timeline.playing = false;
    timeline.target = Math.max(0, Math.min(last, from + steps[event.key]));
    onTime(true);
  });
  timeline.show();
  return timeline;
}
