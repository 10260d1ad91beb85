// How long a batch takes, from when it is wanted until it can be seen: by that the page knows when to ask for one.

const QUICK = 250; // milliseconds: until then nothing is said of a wait (.wait in answer.css)
const NEWEST = 2; // batches that tell how long the next one takes

/** `late()` is called when a wait turns out to be no quick one. */
export class Pace {
  #took = []; // milliseconds, the newest first
  #since = null; // when the batch that one waits for was wanted
  #asked = false; // whether it was asked for
  #late = false; // whether the timer told that it is no quick one: a clock may be too coarse to tell
  #timer = 0;

  constructor({ late, signal }) {
    this.late = late;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Whether the newest batches, and the one that is waited for, came quickly; not before there was one. */
  get quick() {
    return !this.#late && this.#took.length > 0 && Math.max(...this.#took) <= QUICK;
  }

  /** A batch is wanted from now on. */
  wanted() {
    if (this.#since !== null) return;
    this.#since = performance.now();
    this.#timer = setTimeout(() => this.#overdue(), QUICK);
  }

  /** It is asked for. */
  asked() {
    this.#asked = true;
  }

  /** None is wanted after all; one that was asked for is waited for all the same. */
  unwanted() {
    if (!this.#asked) this.#over();
  }

  /** It can be seen. */
  seen() {
    if (this.#since !== null) this.#took = [performance.now() - this.#since, ...this.#took].slice(0, NEWEST);
    this.#over();
  }

  /** None came, so nobody knows what the next one takes. */
  none() {
    this.#took = [];
    this.#over();
  }

  #overdue() {
    this.#late = true;
    this.late();
  }

  #over() {
    this.#since = null;
    this.#asked = this.#late = false;
    clearTimeout(this.#timer);
  }
}
