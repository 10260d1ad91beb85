// The next batch, asked for, and asked for again while it does not come.

import { concept, get, post } from "./api.js";
import { queue } from "./queue.js";

const PATIENCE = [1, 2, 4, 8]; // seconds between tries
const OTHERS = 5; // seconds until what others hold may have come free

/**
 * `came(batch)` hears of a batch with chips; `none({why, status})` of none, `status` being that of an error; `more()`
 * is called when it is time to ask again; `knows(item)` tells whether an item is on the table.
 */
export class Supply {
  #asking = false;
  #tries = 0;
  #timer = 0;
  #unheard = false; // a batch may have been lent whose reply did not come

  constructor(name, { size, signal, came, none, more, knows }) {
    Object.assign(this, { name, size, signal, came, none, more, knows });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Asks, unless it is asking; `aside` are chips to give back for now. */
  async ask(aside) {
    if (this.#asking || this.signal.aborted) return;
    this.#asking = true;
    let came = false;
    try {
      came = await this.#ask(aside);
    } finally {
      this.#asking = false;
    }
    if (came) this.more(); // a batch may be of one chip
  }

  /** Whether a batch came. */
  async #ask(aside) {
    try {
      if (this.#unheard && (await this.#regained())) return true;
      const body = { k: this.size(), later: aside.map(({ item }) => item) };
      const batch = await post(`${concept(this.name)}/batches`, body, { signal: this.signal });
      for (const chip of aside) chip.given = true;
      return this.#answered(batch);
    } catch (error) {
      if (this.signal.aborted) return false;
      if (error.status === undefined) console.error(error);
      return this.#failed(error);
    }
  }

  /** Whether the server holds batches for this person that never came here; they come now. */
  async #regained() {
    const { batches } = await get(`${concept(this.name)}/batches`, { signal: this.signal });
    this.#unheard = false;
    const fresh = batches.filter(({ chips }) => chips.length && !chips.some(({ item }) => this.knows(item)));
    for (const { chips, until } of fresh) this.came({ chips, until });
    return fresh.length > 0;
  }

  #answered(batch) {
    this.#tries = 0;
    if (batch.chips.length) {
      this.came(batch);
      return true;
    }
    const why = batch.why ?? "nothing is left to ask";
    this.none({ why, left: batch.left });
    if (why.startsWith("others")) this.#again(OTHERS);
    return false;
  }

  #failed({ status = 0, message }) {
    this.none({ why: message, status });
    this.#unheard ||= status === 0 || status === 409 || status >= 500;
    if (status === 409)
      queue.quiet().then(() => this.#again(PATIENCE[0])); // too many are open: what was said must be kept first
    else if (status === 0 || status >= 500) this.#again(PATIENCE[Math.min(this.#tries++, PATIENCE.length - 1)]);
    return false;
  }

  #again(seconds) {
    clearTimeout(this.#timer);
    if (!this.signal.aborted) this.#timer = setTimeout(this.more, seconds * 1000);
  }
}
