// How long a batch takes, from when it is wanted until it can be seen: by that the page knows when to ask for one.

const QUICK = 250; // milliseconds: until then nothing is said of a wait (.wait in answer.css)
const NEWEST = 2; // batches that tell how long the next one takes

/** `late()` is called when a wait turns out to be no quick one. */
export class Pace {
  #took = []; // milliseconds, the newest first
  #since = null; // when the batch that one waits for was wanted
  #timer = 0;

  constructor({ late, signal }) {
    this.late = late;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Whether the newest batches, and the one that is waited for, came quickly; not before there was one. */
  get quick() {
    return this.#took.length > 0 && Math.max(this.#waited, ...this.#took) <= QUICK;
  }

  /** A batch is wanted from now on. */
  wanted() {
    if (this.#since !== null) return;
    this.#since = performance.now();
    this.#timer = setTimeout(this.late, QUICK + 10);
  }

  /** It can be seen. */
  seen() {
    if (this.#since !== null) this.#took = [this.#waited, ...this.#took].slice(0, NEWEST);
    this.#over();
  }

  /** None came, so nobody knows what the next one takes. */
  none() {
    this.#took = [];
    this.#over();
  }

  get #waited() {
    return this.#since === null ? 0 : performance.now() - this.#since;
  }

  #over() {
    this.#since = null;
    clearTimeout(this.#timer);
  }
}
