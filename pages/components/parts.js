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
