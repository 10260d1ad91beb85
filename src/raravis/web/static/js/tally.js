// The numbers above the grid: answers, finds, speed, what is left.

import { clear, count, h } from "./dom.js";
import { Rate } from "./rate.js";

const EVERY = 5000; // milliseconds between looks at the speed

export class Tally {
  #rate = new Rate();
  #standing = { answers: 0, yes: 0 };
  #left = null;

  constructor({ signal }) {
    this.element = h("div", { class: "counters", "aria-label": "So far" });
    const tick = setInterval(() => this.#draw(), EVERY);
    signal.addEventListener("abort", () => clearInterval(tick));
    this.#draw();
  }

  /** What the server says stands. */
  stands({ answers, yes, left = this.#left }) {
    this.#standing = { answers, yes };
    this.#left = left;
    this.#draw();
  }

  /** What is left of the budget; null where there is none. */
  left(n) {
    this.#left = n;
    this.#draw();
  }

  /** This person said so many. */
  said(n) {
    this.#rate.add(n);
    this.#draw();
  }

  #draw() {
    const { answers, yes } = this.#standing;
    const pairs = [
      [count(answers), answers === 1 ? "answer" : "answers"],
      [count(yes), "yes"],
      [this.#rate.perMinute() ?? "–", "a minute"],
    ];
    if (this.#left !== null) pairs.push([count(this.#left), "left"]);
    clear(this.element).append(...pairs.map(([n, word]) => h("span", {}, h("b", { text: n }), ` ${word}`)));
  }
}
