// How fast one answers, while one answers.

const WINDOW = 60_000; // milliseconds looked back
const PAUSE = 20_000; // a longer silence is no answering
const LEAST = 5_000; // of answering, before it is a rate

export class Rate {
  #times = []; // [{at, n}]

  add(n = 1, now = Date.now()) {
    this.#times.push({ at: now, n });
    if (this.#times.length > 2000) this.#times.splice(0, 1000);
  }

  /** Answers a minute of the minute before the last answer, pauses left out; null before it can be told. */
  perMinute() {
    const last = this.#times.at(-1);
    const recent = this.#times.filter(({ at }) => last.at - at < WINDOW);
    if (recent.length < 3) return null;
    const gaps = recent.slice(1).map(({ at }, i) => Math.min(PAUSE, at - recent[i].at));
    const spent = gaps.reduce((sum, gap) => sum + gap, 0);
    const answers = recent.slice(1).reduce((sum, { n }) => sum + n, 0);
    return spent >= LEAST ? Math.round((answers * 60_000) / spent) : null;
  }
}
