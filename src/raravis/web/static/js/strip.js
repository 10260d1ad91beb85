// An item's neighbours in time: fetched once, shown as a row of small pictures.

import { get } from "./api.js";
import { READY, said, thumb } from "./chip.js";
import { clear, clock, h, icon } from "./dom.js";
import { SAID } from "./words.js";

const KEPT = 60; // strips
const fetched = new Map();

/** `{chips, at, proposed}` around an item, `n` at most; `fresh` asks again, for answers and scores have moved on. */
export function strip(item, concept, n, { fresh = false } = {}) {
  const key = `${concept}/${item}/${n}`;
  if (fresh) fetched.delete(key);
  if (!fetched.has(key))
    fetched.set(
      key,
      ask(item, concept, n).catch((error) => (fetched.delete(key), Promise.reject(error))),
    );
  if (fetched.size > KEPT) fetched.delete(fetched.keys().next().value);
  return fetched.get(key);
}

function ask(item, concept, n) {
  return get(`/api/items/${item}/strip?concept=${encodeURIComponent(concept)}&n=${n}`);
}

/** Small pictures in time around a chip, the chip's own marked; `onPick(chip)` hears which is pointed at. */
export class Strip {
  #shown = 0;

  constructor({ concept, onPick }) {
    Object.assign(this, { concept, onPick });
    this.element = h("div", { class: "strip", role: "group", "aria-label": "Before and after" });
  }

  async show(chip, n) {
    const turn = ++this.#shown;
    const { chips, error } = await strip(chip.item, this.concept, n).catch((error) => ({ chips: [], error }));
    if (turn !== this.#shown) return;
    const cells = chips.length > 1 ? chips.map((other) => this.#cell(other, chip)) : [none(error)];
    clear(this.element).append(...cells);
    this.element.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
  }

  #cell(other, chip) {
    const own = other.item === chip.item;
    const what = said(own ? chip : other);
    const when = own ? "here" : offset(other, chip);
    return h(
      "button",
      {
        class: "neighbour",
        tabindex: -1,
        "aria-current": own ? "true" : null,
        dataset: { said: what ?? "" },
        "aria-label": `${when}${what ? `, ${SAID[what]}` : ""}`,
        onclick: () => this.onPick(other),
      },
      h("img", { src: thumb(other, READY), alt: "", loading: "lazy", onerror: ({ target }) => (target.hidden = true) }),
      what ? icon(what) : null,
      h("span", { text: when }),
    );
  }
}

function none(error) {
  const text = error
    ? `What lies before and after did not come: ${error.message}.`
    : "Nothing lies before or after it.";
  return h("p", { class: "soft small", text });
}

/** "+4.2 s" from the chip's own moment; the clock of the other file where it is another. */
export function offset(other, chip) {
  if (other.source.id !== chip.source.id) return clock(other.seconds);
  const seconds = other.seconds - chip.seconds;
  return `${seconds < 0 ? "−" : "+"}${Math.abs(seconds).toFixed(1)} s`;
}
