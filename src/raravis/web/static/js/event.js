// A whole event, by its two ends: proposed by the server, moved by hand, said in one act.

import { READY, said, thumb } from "./chip.js";
import { dialogOf, show } from "./dialog.js";
import { clear, clock, h, icon, kbd } from "./dom.js";
import { keys } from "./keys.js";
import { strip } from "./strip.js";

const SPANS = [11, 21, 41, 61, 101];

/** `{from, to}`, the first and the last item of the event around a chip; null when it was left. */
export function eventDialog(chip, concept) {
  return new Promise((resolve) => new EventDialog(chip, concept, resolve).open());
}

class EventDialog {
  #span = 1;
  #chips = [];
  #ends = [0, 0]; // places in the strip of the first and the last yes
  #active = 1;
  #result = null;

  constructor(chip, concept, resolve) {
    Object.assign(this, { chip, concept });
    this.borders = h("div", { class: "borders" });
    this.film = h("div", { class: "film" });
    this.handles = [0, 1].map((end) => this.#handle(end));
    this.words = h("p", { class: "soft", role: "status" });
    const body = [this.borders, h("div", { class: "reel" }, this.film, this.handles)];
    this.dialog = dialogOf("event", `Where does “${concept}” begin and end?`, body, this.#foot());
    this.dialog.addEventListener("close", () => resolve(this.#result));
    this.#listen();
  }

  async open() {
    show(this.dialog);
    this.words.textContent = "Looking at what lies around it…";
    await this.#fetch();
    this.handles[1].focus();
  }

  #foot() {
    const button = (kind, text, key, act) => h("button", { class: kind, onclick: act }, text, kbd(key));
    return [
      this.words,
      h("span", { class: "spread" }),
      button("", "Wider", "[", () => this.#widen(1)),
      button("", "Narrower", "]", () => this.#widen(-1)),
      button("primary", "All of this: yes", "↵", () => this.#confirm()),
    ];
  }

  #handle(end) {
    const handle = h("div", {
      class: "handle",
      role: "slider",
      tabindex: 0,
      "aria-label": end ? "Last yes" : "First yes",
      dataset: { end },
    });
    handle.addEventListener("focus", () => (this.#active = end));
    handle.addEventListener("pointerdown", (event) => this.#grab(event, end));
    return handle;
  }

  #listen() {
    const move = (by) => () => this.#put(this.#active, this.#ends[this.#active] + by);
    keys(
      {
        ArrowLeft: move(-1),
        ArrowRight: move(1),
        Home: move(-1000),
        End: move(1000),
        ArrowUp: () => this.handles[0].focus(),
        ArrowDown: () => this.handles[1].focus(),
        "[": () => this.#widen(1),
        "]": () => this.#widen(-1),
        Enter: () => this.#confirm(),
      },
      { target: this.dialog },
    );
    this.film.addEventListener("click", (event) => this.#nearest(event));
  }

  /** The strip around the chip; the ends stay at their items, or else where the server proposes them. */
  async #fetch() {
    const kept = this.#chips.length ? this.#ends.map((at) => this.#chips[at].item) : null;
    try {
      const { chips, at, proposed } = await strip(this.chip.item, this.concept, SPANS[this.#span], { fresh: true });
      const place = (item) => chips.findIndex((one) => one.item === item);
      const wanted = kept ?? [proposed?.from, proposed?.to];
      this.#chips = chips;
      this.#ends = wanted
        .map(place)
        .map((found, end) => (found >= 0 ? found : kept ? (end ? chips.length - 1 : 0) : at));
      this.#draw();
    } catch (error) {
      this.words.textContent = error.message;
    }
  }

  #widen(step) {
    const to = Math.max(0, Math.min(SPANS.length - 1, this.#span + step));
    if (to === this.#span) return;
    this.#span = to;
    this.#fetch();
  }

  #put(end, at) {
    const [first, last] = this.#ends;
    const [low, high] = end ? [first, this.#chips.length - 1] : [0, last];
    this.#ends[end] = Math.max(low, Math.min(high, at));
    this.#update();
  }

  #nearest(event) {
    const at = [...this.film.children].indexOf(event.target.closest(".cell"));
    if (at < 0) return;
    const [first, last] = this.#ends;
    const end = Math.abs(at - first) < Math.abs(at - last) ? 0 : 1;
    this.#put(end, at);
    this.handles[end].focus();
  }

  #grab(event, end) {
    const handle = this.handles[end];
    handle.setPointerCapture(event.pointerId);
    const drag = ({ clientX }) => {
      const { left, width } = this.film.getBoundingClientRect();
      this.#put(end, Math.floor(((clientX - left) / width) * this.#chips.length));
    };
    handle.addEventListener("pointermove", drag);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", drag), {
      once: true,
    });
  }

  #draw() {
    this.film.style.setProperty("--cells", this.#chips.length);
    clear(this.film).append(...this.#chips.map((chip) => this.#cell(chip)));
    this.#update();
  }

  #cell(chip) {
    const own = chip.item === this.chip.item ? h("i", { class: "own" }) : null;
    const picture = h("img", { src: thumb(chip, READY), alt: "", draggable: "false" });
    return h("div", { class: "cell", dataset: { said: said(chip) ?? "" } }, picture, own);
  }

  #update() {
    const [first, last] = this.#ends;
    [...this.film.children].forEach((cell, at) => cell.classList.toggle("inside", at >= first && at <= last));
    this.handles.forEach((handle, end) => this.#placed(handle, this.#ends[end], end));
    clear(this.borders).append(
      this.#border("no", "Just before", first - 1),
      this.#border("yes", "First yes", first),
      this.#border("yes", "Last yes", last),
      this.#border("no", "Just after", last + 1),
    );
    const span = `${clock(this.#chips[first].seconds)} to ${clock(this.#chips[last].end_seconds)}`;
    this.words.textContent = `${span}: ${last - first + 1} of ${this.#chips.length} frames`;
  }

  #placed(handle, at, end) {
    const [n, chip] = [this.#chips.length, this.#chips[at]];
    handle.style.setProperty("left", `${((at + end) / n) * 100}%`);
    const values = {
      "aria-valuemin": 0,
      "aria-valuemax": n - 1,
      "aria-valuenow": at,
      "aria-valuetext": `${clock(chip.seconds)}, frame ${at + 1} of ${n}`,
    };
    for (const [name, value] of Object.entries(values)) handle.setAttribute(name, value);
  }

  #border(what, title, at) {
    const chip = this.#chips[at];
    const picture = chip ? h("img", { src: thumb(chip, 640), alt: "" }) : this.#beyond();
    const when = chip && h("time", { class: "soft", text: clock(chip.seconds) });
    const caption = h("figcaption", {}, icon(what), h("span", { text: title }), when);
    return h("figure", { dataset: { said: what } }, h("div", { class: "well" }, picture), caption);
  }

  /** In place of a picture that the strip does not hold. */
  #beyond() {
    const all = this.#chips.length < SPANS[this.#span];
    return h("p", {
      class: "soft small",
      text: all ? "Nothing was looked at here." : "Not in this strip: press [ for more.",
    });
  }

  #confirm() {
    if (!this.#chips.length) return;
    const [from, to] = this.#ends.map((at) => this.#chips[at].item);
    this.#result = { from, to };
    this.dialog.close();
  }
}
