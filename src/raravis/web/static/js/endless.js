// A grid of any number of cells of which only those in sight are elements.

import { h } from "./dom.js";

const TALLEST = 8_000_000; // px: zoomed in, browsers cut off elements not much taller; beyond it the scrollbar is scaled
const AROUND = 2; // rows ready above and below what is seen

/**
 * `cell(i)` makes cell i; `onsight(from, to)` hears which are in sight. Cells are `wide` px at least and `high` px high.
 * The scroller is the element itself.
 */
export class Endless {
  #cells = new Map(); // i → element
  #frame = 0;
  count = 0;
  across = 1;

  constructor({ wide, high, cell, onsight, label }) {
    Object.assign(this, { wide, high, cell, onsight });
    this.field = h("div", { class: "field-of-cells", role: "presentation" });
    this.element = h("div", { class: "endless", role: "listbox", tabindex: 0, "aria-label": label, onscroll: () => this.#soon() }, this.field);
    this.watch = new ResizeObserver(() => this.#resized());
    this.watch.observe(this.element);
  }

  /** So many cells from now on, all drawn anew. */
  reset(count) {
    this.count = count;
    this.clear();
    this.#resized();
  }

  /** Draws what is in sight anew. */
  clear() {
    this.field.replaceChildren();
    this.#cells.clear();
    this.#soon();
  }

  /** Draws cell i anew, if it is in sight. */
  redraw(i) {
    const old = this.#cells.get(i);
    if (!old) return;
    const made = this.#placed(i);
    old.replaceWith(made);
    this.#cells.set(i, made);
  }

  at(i) {
    return this.#cells.get(i) ?? null;
  }

  get rows() {
    return Math.ceil(this.count / this.across);
  }

  /** Rows that fit in sight. */
  get page() {
    return Math.max(1, Math.floor(this.element.clientHeight / this.high));
  }

  /** Scrolls as little as shows cell i whole. */
  reveal(i) {
    const top = Math.floor(i / this.across) * this.high;
    const [from, seen] = [this.#top(), this.element.clientHeight];
    if (top < from) this.#scrollTo(top);
    else if (top + this.high > from + seen) this.#scrollTo(top + this.high - seen);
    this.#draw();
  }

  #full() {
    return this.rows * this.high;
  }

  /** How far one scrolls, in px of all the rows for each px of the scrollbar's. */
  #scale() {
    const seen = this.element.clientHeight;
    const [full, shown] = [this.#full() - seen, this.#shown() - seen];
    return shown > 0 ? full / shown : 1;
  }

  #shown() {
    return Math.min(this.#full(), TALLEST);
  }

  #top() {
    return this.element.scrollTop * this.#scale();
  }

  #scrollTo(top) {
    this.element.scrollTop = top / this.#scale();
  }

  #resized() {
    if (!this.element.clientWidth) return;
    const first = Math.floor(this.#top() / this.high) * this.across;
    this.across = Math.max(1, Math.floor(this.field.clientWidth / this.wide));
    this.field.style.height = `${this.#shown()}px`;
    this.field.style.setProperty("--across", this.across);
    this.#scrollTo(Math.floor(first / this.across) * this.high);
    this.clear();
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const top = this.#top();
    const first = Math.max(0, Math.floor(top / this.high) - AROUND) * this.across;
    const last = Math.min(this.count, (Math.ceil((top + this.element.clientHeight) / this.high) + AROUND) * this.across);
    for (const [i, old] of this.#cells) if (i < first || i >= last) this.#forget(i, old);
    for (let i = first; i < last; i++) this.#lay(i);
    this.onsight(first, last);
  }

  #forget(i, element) {
    element.remove();
    this.#cells.delete(i);
  }

  #lay(i) {
    const here = this.#cells.get(i);
    if (here) return this.#place(here, i);
    const made = this.#placed(i);
    this.#cells.set(i, made);
    this.field.append(made);
  }

  #placed(i) {
    const made = this.cell(i);
    made.setAttribute("aria-posinset", i + 1);
    made.setAttribute("aria-setsize", this.count);
    return this.#place(made, i);
  }

  /** Where row and column say, counted from what is in sight, so that a scaled scrollbar makes no difference. */
  #place(element, i) {
    const y = Math.floor(i / this.across) * this.high - this.#top() + this.element.scrollTop;
    element.style.setProperty("transform", `translate(${100 * (i % this.across)}%, ${y.toFixed(1)}px)`);
    return element;
  }
}
