// What changes on the server, as it changes: one EventSource for the whole page.

const KINDS = ["hello", "job", "concept", "collection"];
const PATIENCE = [1, 2, 4, 8]; // seconds between tries once the browser has given up by itself

/**
 * `on(kind, fn, {signal})` hears events (`kind` "state": "live" or "waiting"); `state` is the newest.
 * The browser reconnects by itself after a broken line; after an error reply it does not, so we do.
 */
export class Live {
  #bus = new EventTarget();
  #stream = null;
  #tries = 0;
  #timer = 0;
  state = "waiting";

  start() {
    this.stop();
    this.#stream = new EventSource("/api/live");
    this.#stream.onopen = () => this.#become("live");
    this.#stream.onerror = () => this.#lost();
    for (const kind of KINDS) this.#stream.addEventListener(kind, (event) => this.#heard(kind, event.data));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#stream?.close();
    this.#stream = null;
  }

  /** Hears `kind` until `signal` is aborted. */
  on(kind, fn, { signal } = {}) {
    this.#bus.addEventListener(kind, (event) => fn(event.detail), { signal });
  }

  #heard(kind, text) {
    this.#become("live");
    this.#tell(kind, text ? JSON.parse(text) : null);
  }

  #lost() {
    this.#become("waiting");
    if (this.#stream?.readyState !== EventSource.CLOSED) return;
    const seconds = PATIENCE[Math.min(this.#tries++, PATIENCE.length - 1)];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), seconds * 1000);
  }

  #become(state) {
    if (state === "live") this.#tries = 0;
    if (state === this.state) return;
    this.state = state;
    this.#tell("state", state);
  }

  #tell(kind, detail) {
    this.#bus.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
