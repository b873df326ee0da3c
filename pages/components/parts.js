// The registry of parts: named pieces of data that carriers put down and components pick up.
// Joined in front of every component's module, so it declares no import and no export.

function darkroomParts() {
  return (window.darkroomParts ??= {
    held: new Map(), // "key/part" -> {value, owner}
    put(key, part, value, owner) {
      this.held.set(`${key}/${part}`, { value, owner });
      window.dispatchEvent(new CustomEvent("darkroom:part", { detail: { key, part } }));
    },
    drop(key, part, owner) {
      const name = `${key}/${part}`;
      if (this.held.get(name)?.owner !== owner) return; // a newer carrier has taken the place
      this.held.delete(name);
      window.dispatchEvent(new CustomEvent("darkroom:part", { detail: { key, part } }));
    },
    of(key, names) {
      return Object.fromEntries(
        names.map((part) => [part, this.held.get(`${key}/${part}`)?.value ?? null]),
      );
    },
  });
}

// One event per component and moment: rapid ones are joined, and each bears a number that rises
// over all mounts, so that the server can tell a new event from an old one that was kept.
function eventSender(send, session) {
  let last = 0;
  let timer = 0;
  return (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = Math.max(last + 1, Date.now());
      send({ ...event, sequence: last, session: session() });
    }, 40);
  };
}

// Runs `release` once the element has left the document. A cleanup call alone does not say so:
// it also comes when newer data overtake a call that was still under way.
function whenGone(element, release) {
  return () =>
    setTimeout(() => {
      if (!element.isConnected) release();
    }, 0);
}

const MOUNTS = new WeakMap(); // what was created in an element, kept over reruns

// Creates once what a component shows, hands it every part that arrives, and destroys it when its
// element has gone; `create(element, data, send)` returns an object with `update` and `destroy`.
function mounted({ data, parentElement, setStateValue }, names, create) {
  const parts = darkroomParts();
  let mount = MOUNTS.get(parentElement);
  if (!mount) {
    mount = {};
    const { key } = data;
    const session = () => parts.of(key, ["view"]).view?.session;
    const send = eventSender((event) => mount.send(event), session);
    const shown = create(parentElement, { ...data, ...parts.of(key, names) }, send);
    const refresh = ({ detail }) => {
      if (detail.key === key) shown.update(parts.of(key, [detail.part]));
    };
    window.addEventListener("darkroom:part", refresh);
    mount.shown = shown;
    mount.release = () => {
      window.removeEventListener("darkroom:part", refresh);
      MOUNTS.delete(parentElement);
      shown.destroy();
    };
    MOUNTS.set(parentElement, mount);
  }
  mount.send = (event) => setStateValue("event", event);
  mount.shown.update(data);
  return whenGone(parentElement, mount.release);
}
