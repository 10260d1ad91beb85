// The current chip, large: its whole frame with the box, nearer or wider, and what lies before and after it.

import { frame, READY, thumb } from "./chip.js";
import { clear, clock, h, icon, kbd, percent } from "./dom.js";
import { Strip } from "./strip.js";
import { reason, SAID } from "./words.js";

const ZOOMS = [Infinity, 4, 2, 1.15]; // sides of the picture in sides of the box; all of it, … the box alone
const SPANS = [101, 51, 25, 15, 5]; // neighbours, the chip in the middle: five to a row
const SETTLE = 70; // milliseconds: a chip only passed does not fetch its frame

/** `onAct(what)` hears the buttons: "yes", "no", "unsure", "later", "event", "box", "rest", "undo", "play". */
export class Loupe {
  #chip = null;
  #zoom = 0;
  #span = innerHeight > 840 ? 3 : 4; // three rows of neighbours where there is room, else one
  #timer = 0;

  constructor({ concept, onAct }) {
    this.img = h("img", {
      alt: "",
      draggable: "false",
      onload: () => this.#seen(true),
      onerror: () => this.#seen(false),
    });
    this.box = h("div", { class: "item-box", hidden: true });
    this.stage = h("div", { class: "stage" }, this.img, this.box);
    this.play = h(
      "button",
      { class: "play", onclick: () => onAct("play"), title: "Play this moment ( p )" },
      icon("play"),
      "Play",
    );
    this.about = h("div", { class: "about" });
    this.strip = new Strip({ concept, onPick: (chip) => this.#peek(chip) });
    this.strip.element.hidden = localStorage.getItem("raravis.strip") === "off";
    this.element = h(
      "aside",
      { class: "loupe", "aria-label": "The chip, large" },
      h("div", { class: "frame" }, this.stage, this.play),
      this.about,
      this.strip.element,
      actions(onAct),
    );
  }

  /** Shows a chip; its picture from the grid stands in until the frame is there. */
  show(chip, next = null) {
    if (!chip || chip === this.#chip) return;
    this.#chip = chip;
    this.#picture(chip);
    this.#words(chip);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(chip, next), SETTLE);
  }

  /** Shows the neighbours in time, or no more. */
  toggleStrip() {
    const off = (this.strip.element.hidden = !this.strip.element.hidden);
    localStorage.setItem("raravis.strip", off ? "off" : "on");
    if (!off) this.strip.show(this.#chip, SPANS[this.#span]);
  }

  /** More of the picture around a box, and of the time around a frame (−1); or less (1). */
  context(step) {
    if (whole(boxOf(this.#chip))) return this.#widen(step);
    this.#zoom = Math.max(0, Math.min(ZOOMS.length - 1, this.#zoom + step));
    this.#place(this.#chip);
  }

  #widen(step) {
    this.#span = Math.max(0, Math.min(SPANS.length - 1, this.#span + step));
    if (this.strip.element.hidden) this.toggleStrip();
    else this.strip.show(this.#chip, SPANS[this.#span]);
  }

  /** The frame is there; the next chip's may come now. */
  #large(chip, src, next) {
    if (this.#chip !== chip) return;
    this.img.src = src;
    if (next) new Image().src = frame(next, this.#pixels());
  }

  /** A picture that does not come is not shown as a broken one. */
  #seen(is) {
    this.img.style.setProperty("visibility", is ? "visible" : "hidden");
  }

  #settle(chip, next) {
    const large = new Image();
    large.onload = () => this.#large(chip, large.src, next);
    large.src = frame(chip, this.#pixels());
    if (!this.strip.element.hidden) this.strip.show(chip, SPANS[this.#span]);
  }

  #pixels() {
    return this.element.clientWidth * Math.min(devicePixelRatio, 2) > 660 ? 1280 : 640;
  }

  #picture(chip) {
    this.img.src = whole(boxOf(chip)) ? thumb(chip, READY) : frame(chip, this.#pixels());
    this.stage.style.setProperty("aspect-ratio", `${chip.source.width} / ${chip.source.height}`);
    this.stage.style.setProperty("--ratio", chip.source.width / chip.source.height);
    this.#place(chip);
  }

  /** Moves the frame so that the wanted part of it fills the stage. */
  #place(chip) {
    const box = boxOf(chip);
    const [x0, y0, x1, y1] = box;
    const side = Math.min(1, Math.max(x1 - x0, y1 - y0) * ZOOMS[this.#zoom]);
    const start = (a, b) => Math.max(0, Math.min(1 - side, (a + b - side) / 2));
    const [left, top] = [start(x0, x1), start(y0, y1)];
    this.img.style.setProperty("transform", `scale(${1 / side}) translate(${-100 * left}%, ${-100 * top}%)`);
    const inView = (a, from) => `${((a - from) / side) * 100}%`;
    this.box.hidden = whole(box);
    const place = {
      left: inView(x0, left),
      top: inView(y0, top),
      width: inView(x1 - x0, 0),
      height: inView(y1 - y0, 0),
    };
    for (const [name, value] of Object.entries(place)) this.box.style.setProperty(name, value);
  }

  #words(chip) {
    const { why } = reason(chip);
    this.play.hidden = chip.source.kind === "image" || Boolean(chip.gone);
    const when = chip.source.kind === "image" ? null : h("time", { text: clock(chip.seconds) });
    clear(this.about).append(
      h(
        "div",
        { class: "row" },
        h("b", { class: "name", title: chip.source.name, text: chip.source.name }),
        when,
        h("span", { class: "spread soft", text: chip.score === null ? "" : `score ${percent(chip.score)}` }),
      ),
      h("p", { class: "soft small", text: chip.gone ?? why }),
    );
  }

  /** A neighbour in the large picture; the next chip, or the same again, brings the chip back. */
  #peek(other) {
    this.img.src = frame(other, this.#pixels());
    this.box.hidden = other.item !== this.#chip.item || whole(boxOf(this.#chip));
  }
}

/** Where to look: the item's box, or the part of a whole frame for whose sake it is asked about. */
const boxOf = (chip) => chip.part?.box ?? chip.box;

function whole(box) {
  return box.every((side, i) => side === [0, 0, 1, 1][i]);
}

const ACTIONS = [
  ["yes", SAID.yes, "y"],
  ["no", SAID.no, "n"],
  ["unsure", SAID.unsure, "u"],
  ["later", SAID.later, "l"],
  ["event", "Whole event", "Y"],
  ["box", "Draw a box", "b"],
  ["undo", "Undo", "z"],
  ["rest", "The rest: no", "↵"],
];

function actions(onAct) {
  const one = ([what, title, key]) =>
    h(
      "button",
      { class: `act ${what}`, onclick: () => onAct(what) },
      icon(what === "rest" ? "no" : what),
      h("span", { text: title }),
      kbd(key),
    );
  return h("div", { class: "actions", role: "toolbar", "aria-label": "Answers" }, ACTIONS.map(one));
}
