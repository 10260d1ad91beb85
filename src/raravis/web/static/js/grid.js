// The chips of a view, as many to a row as makes them largest; one is current, a block may be chosen.

import { chipElement, isOpen, mark, READY, reload, thumb } from "./chip.js";
import { clear, h } from "./dom.js";
import { scrub } from "./scrub.js";

const CAPTION = 30; // pixels below a picture
const GAP = 10;
const WANTED = 12; // chips to a batch, about
const NARROWEST = 150; // pixels

/** `onCurrent(chip, next)` hears where one is and where an answer leads; `hands(chip, what)` what a chip's button said. */
export class Grid {
  #chips = [];
  #elements = [];
  #at = 0;
  #anchor = 0;
  #columns = 1;

  constructor({ onCurrent, hands, concept, signal }) {
    Object.assign(this, { onCurrent, hands, concept, signal });
    this.element = h("div", { class: "grid", role: "grid", "aria-label": "Chips", "aria-multiselectable": "true" });
    this.element.addEventListener("click", (event) => this.#clicked(event));
    const watch = new ResizeObserver(() => this.#lay());
    watch.observe(this.element);
    signal.addEventListener("abort", () => watch.disconnect());
  }

  get current() {
    return this.#chips[this.#at] ?? null;
  }

  /** The chips of the block, or the current one alone. */
  get chosen() {
    return this.#block().map((at) => this.#chips[at]);
  }

  /** Chips that fit this window: about twelve, in full rows. */
  get room() {
    const { width, height } = this.#inside();
    const fits = [2, 3, 4, 5, 6].map(
      (columns) => columns * Math.max(1, Math.floor(height / cellHeight(width, columns))),
    );
    return fits.reduce((best, n) => (Math.abs(n - WANTED) < Math.abs(best - WANTED) ? n : best));
  }

  /** Width to fetch thumbnails at, for cells as wide as they are now. */
  get pixels() {
    const wanted = (this.#inside().width / Math.max(this.#columns, 3)) * Math.min(devicePixelRatio, 2);
    return wanted > 400 ? 640 : 320;
  }

  /** Shows chips; the current one is the first that is open. */
  show(chips) {
    const focused = this.element.contains(document.activeElement) || document.activeElement === document.body;
    this.#chips = chips;
    this.#columns = this.#best();
    this.#elements = chips.map((chip) => chipElement(chip, { w: this.pixels, hands: this.hands }));
    this.#elements.forEach((element, at) => scrub(element, chips[at], { concept: this.concept, signal: this.signal }));
    this.#lay(true);
    this.go(Math.max(0, chips.findIndex(isOpen)), { focus: focused });
    this.#slide();
  }

  /** Brings the chips up to what was said. */
  refresh() {
    this.#elements.forEach((element, at) => mark(element, this.#chips[at]));
  }

  /** Fetches again the pictures that did not come. */
  reload() {
    this.#elements.forEach((element, at) => reload(element, this.#chips[at]));
  }

  /** Takes the keys back, from a button or a dialog. */
  focus() {
    this.#elements[this.#at]?.focus();
  }

  goTo(chip) {
    this.go(
      Math.max(
        0,
        this.#chips.findIndex(({ item }) => item === chip.item),
      ),
    );
  }

  /** Goes on to the next open chip, around the end; false where there is none. */
  advance() {
    const order = this.#chips.map((_, step) => (this.#at + step) % this.#chips.length);
    const at = order.find((one) => isOpen(this.#chips[one]));
    if (at === undefined) return false;
    this.go(at);
    return true;
  }

  /** One step by arrow, on into the next row; with `extend` a block grows from where one was, and stops at the edge. */
  move(dx, dy, extend = false) {
    const to = this.#at + dx + dy * this.#columns;
    const wraps = dx && Math.floor(to / this.#columns) !== Math.floor(this.#at / this.#columns);
    if (to >= 0 && to < this.#chips.length && !(extend && wraps)) this.go(to, { extend });
  }

  go(at, { extend = false, focus = true } = {}) {
    this.#at = at;
    if (!extend) this.#anchor = at;
    const block = new Set(this.#block());
    this.#elements.forEach((element, one) => {
      element.tabIndex = one === at ? 0 : -1;
      element.classList.toggle("current", one === at);
      element.setAttribute("aria-selected", String(block.size > 1 && block.has(one)));
    });
    if (focus) this.#elements[at]?.focus({ preventScroll: false });
    if (this.current) this.onCurrent(this.current, this.#upcoming());
  }

  /** Where an answer would lead. */
  #upcoming() {
    const order = this.#chips.slice(this.#at + 1).concat(this.#chips.slice(0, this.#at));
    return order.find(isOpen) ?? null;
  }

  #clicked(event) {
    const at = this.#elements.indexOf(event.target.closest(".chip"));
    if (at >= 0) this.go(at, { extend: event.shiftKey });
  }

  #block() {
    const place = (at) => [at % this.#columns, Math.floor(at / this.#columns)];
    const [[x, y], [p, q]] = [place(this.#at), place(this.#anchor)];
    const inside = (at) => between(place(at)[0], x, p) && between(place(at)[1], y, q);
    return this.#chips.map((_, at) => at).filter(inside);
  }

  #inside() {
    const { clientWidth, clientHeight } = this.element;
    return { width: clientWidth || 800, height: clientHeight || 500 };
  }

  #best() {
    const { width, height } = this.#inside();
    const n = Math.max(1, this.#chips.length);
    const counts = Array.from({ length: Math.max(1, Math.min(n, Math.floor(width / NARROWEST))) }, (_, i) => i + 1);
    const size = (columns) => pictureHeight(width, height, columns, Math.ceil(n / columns));
    return counts.reduce((best, columns) => (size(columns) > size(best) ? columns : best));
  }

  #lay(anew = false) {
    const columns = this.#best();
    if (columns === this.#columns && !anew) return;
    this.#columns = columns;
    this.element.style.setProperty("--columns", columns);
    const rows = Array.from({ length: Math.ceil(this.#elements.length / columns) }, (_, row) =>
      h("div", { class: "line", role: "row" }, this.#elements.slice(row * columns, (row + 1) * columns)),
    );
    clear(this.element).append(...rows);
  }

  #slide() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const steps = [
      { opacity: 0, transform: "translateX(16px)" },
      { opacity: 1, transform: "none" },
    ];
    this.element.animate(steps, { duration: 140, easing: "ease-out" });
  }
}

function cellHeight(width, columns) {
  return ((width / columns - GAP) * 9) / 16 + CAPTION + GAP;
}

/** Of a 16:9 picture in a cell of such a grid. */
function pictureHeight(width, height, columns, rows) {
  return Math.min(((width / columns - GAP) * 9) / 16, height / rows - CAPTION - GAP);
}

const between = (n, a, b) => n >= Math.min(a, b) && n <= Math.max(a, b);

/** Fetches the thumbnails of chips that come next; resolves when each can be seen, or will not come. */
export async function preload(chips, w) {
  await Promise.all(chips.map((chip) => fetched(thumb(chip, READY))));
  for (const chip of chips) fetched(thumb(chip, w));
}

function fetched(src) {
  return new Promise((done) => Object.assign(new Image(), { onload: done, onerror: done, src }));
}
