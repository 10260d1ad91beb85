// The player: a moment of a source in a dialog; plays, steps frame by frame, and takes an answer.

import { get } from "./api.js";
import { clear, h, icon, svg, toast } from "./dom.js";
import { Film } from "./film.js";
import { named } from "./keys.js";
import { SAID } from "./words.js";

const SHAPES = {
  play: "M5 3.2v9.6L12.5 8z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  back: "M10.5 4L6 8l4.5 4M4.5 4v8",
  on: "M5.5 4L10 8l-4.5 4M11.5 4v8",
};
const ANSWERS = [["yes", 1, "y"], ["no", -1, "n"], ["unsure", 0, "u"]];
const BOX_SECONDS = 0.5; // how long before and after its moment a box without a span is shown

/**
 * Shows a moment until it is closed: `{source: id, seconds, from?, to?, box?, title?}`, seconds in the source, box
 * xyxy in 0..1. With `answer(value)` the keys y, n and u answer it; `value` is what was said before.
 */
export async function play(moment, { answer, value = null } = {}) {
  const source = await get(`/api/sources/${moment.source}`).catch((error) => void toast(error.message, { kind: "error" }));
  if (source) await new Player(source, moment, { answer, value }).open();
}

class Player {
  constructor(source, moment, { answer, value }) {
    Object.assign(this, { source, moment, answer, value });
    this.film = new Film({ ...source });
    this.box = moment.box && !whole(moment.box) ? drawn(moment.box) : null;
    this.boxed = Boolean(this.box);
    this.where = h("output", { class: "soft", "aria-label": "Time" });
    this.note = h("p", { class: "note small soft", role: "status" });
    this.bar = this.#bar();
    this.toggle = h("button", { class: "icon", autofocus: true, onclick: () => this.#turn() });
    this.foot = h("footer");
    this.dialog = this.#dialog();
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    for (const kind of ["change", "note", "trouble"]) this.film.addEventListener(kind, (event) => this.#told(kind, event.detail));
    this.#foot();
    this.#begin();
    return new Promise((resolve) => this.dialog.addEventListener("close", () => resolve(this.#closed())));
  }

  async #begin() {
    if (this.source.gone) return this.#told("trouble", this.source.gone);
    try {
      await this.film.seek(this.moment.seconds);
    } catch (error) {
      return this.#told("trouble", error.message);
    }
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!calm && this.film.moves && this.dialog.open) this.film.play();
  }

  #closed() {
    this.film.close();
    this.dialog.remove();
  }

  #dialog() {
    const title = this.moment.title ?? this.source.name;
    this.film.element.append(...(this.box ? [this.box] : []));
    const close = h("button", { class: "quiet", "aria-label": "Close", onclick: () => this.dialog.close() }, h("kbd", { text: "Esc" }), "×");
    return h("dialog", { class: "player", "aria-label": `Player: ${title}`, onkeydown: (event) => this.#key(event) },
      h("header", {}, h("h2", { text: title, title }), close),
      h("div", { class: "theatre" }, this.film.element, this.note),
      this.source.frames > 1 ? this.#controls() : null, this.foot);
  }

  #controls() {
    const step = (n, name, words, key) =>
      h("button", {
        class: "icon", "aria-label": words, title: `${words} (${key})`, onclick: () => this.#try(() => this.film.step(n)),
        onmousedown: (event) => event.preventDefault(), // the focus stays, and so what space does
      }, shape(name));
    return h("div", { class: "controls" },
      step(-1, "back", "One frame back", ","), this.toggle, step(1, "on", "One frame on", "."), this.#track(), this.where);
  }

  #bar() {
    return h("input", {
      type: "range", min: "0", max: this.source.seconds, step: "any", "aria-label": "Time in the source",
      oninput: () => this.film.scrub(Number(this.bar.value)), onchange: () => this.#try(() => this.film.seek(Number(this.bar.value))),
    });
  }

  /** The whole of the source, with the span that is shown marked on it. */
  #track() {
    const { from, to, seconds } = this.moment;
    const share = (t) => `${(100 * t) / (this.source.seconds || 1)}%`;
    const mark = h("i", { class: "span", style: { left: share(from ?? seconds), width: share((to ?? seconds) - (from ?? seconds)) } });
    return h("div", { class: "track" }, h("div", { class: "marks" }, mark), this.bar);
  }

  #foot() {
    const buttons = this.answer
      ? ANSWERS.map(([name, value, key]) =>
        h("button", { class: `say ${name}`, "aria-pressed": String(this.value === value), onclick: () => this.#say(value) }, icon(name), SAID[name], h("kbd", { text: key })))
      : [];
    const keys = [["space", "play"], [", .", "frame"], ["← →", "second"], ...(this.box ? [["b", "box"]] : [])];
    const told = this.source.frames > 1 ? keys.flatMap(([key, words]) => [h("kbd", { text: key }), h("span", { text: words })]) : [];
    clear(this.foot).append(...buttons, h("span", { class: "spread keys soft small" }, told));
    this.foot.hidden = !buttons.length && !told.length;
  }

  #say(value) {
    if (!this.answer) return;
    this.value = value;
    this.answer(value);
    const focused = document.activeElement?.matches?.(".say");
    this.#foot();
    if (focused) this.foot.querySelector("[aria-pressed=true]").focus();
  }

  async #try(act) {
    try {
      await act();
    } catch (error) {
      this.#told("trouble", error.message);
    }
  }

  #turn() {
    return this.film.playing ? this.#try(() => this.film.seek(this.film.time)) : this.film.play();
  }

  #told(kind, detail) {
    if (kind === "change") return this.#draw();
    this.note.textContent = detail;
    this.note.classList.toggle("wrong", kind === "trouble");
  }

  #draw() {
    const { time, playing, frame } = this.film;
    this.bar.value = time;
    this.bar.setAttribute("aria-valuetext", exact(time));
    this.where.textContent = `${exact(time)} / ${exact(this.source.seconds)}`;
    this.where.title = frame ? `pts ${frame.pts}` : "";
    const words = playing ? "Pause" : "Play";
    clear(this.toggle).append(shape(playing ? "pause" : "play"));
    this.toggle.setAttribute("aria-label", words);
    this.toggle.title = `${words} (space)`;
    const showing = frame || !this.film.video.hidden;
    if (showing && !this.note.classList.contains("wrong") && (frame || !this.film.video.paused)) this.note.textContent = "";
    if (this.box) this.box.hidden = !this.boxed || !this.#inSpan(time);
  }

  #inSpan(time) {
    const { from, to, seconds } = this.moment;
    return time >= (from ?? seconds - BOX_SECONDS) - 0.001 && time <= (to ?? seconds + BOX_SECONDS);
  }

  #key(event) {
    const key = named(event);
    const act = this.#keys()[key];
    if (!act || (key === " " && event.target.matches("button"))) return; // space presses the button it is on
    event.preventDefault();
    event.stopPropagation();
    this.#try(act);
  }

  #keys() {
    const { film } = this;
    const by = (seconds) => () => film.seek(Math.min(Math.max(film.time + seconds, 0), this.source.seconds));
    const moving = {
      " ": () => this.#turn(), ",": () => film.step(-1), ".": () => film.step(1), ArrowLeft: by(-1), ArrowRight: by(1),
      "Shift+ArrowLeft": by(-10), "Shift+ArrowRight": by(10), Home: () => film.seek(0), End: () => film.seek(this.source.seconds),
    };
    const saying = { y: () => this.#say(1), n: () => this.#say(-1), u: () => this.#say(0) };
    return { ...(film.moves && moving), ...(this.answer && saying), ...(this.box && { b: () => this.#unbox() }) };
  }

  #unbox() {
    this.boxed = !this.boxed;
    this.#draw();
  }
}

function shape(name) {
  return svg("svg", { class: "icon-svg", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: SHAPES[name] }));
}

function drawn([x0, y0, x1, y1]) {
  const share = (x) => `${100 * x}%`;
  return h("i", { class: "boxed", style: { left: share(x0), top: share(y0), width: share(x1 - x0), height: share(y1 - y0) } });
}

const whole = ([x0, y0, x1, y1]) => x0 <= 0 && y0 <= 0 && x1 >= 1 && y1 >= 1;

/** "1:02.133": to the millisecond, as stepping by frames needs. */
function exact(seconds) {
  const thousandths = Math.round((seconds ?? 0) * 1000);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(thousandths / 3_600_000), Math.floor(thousandths / 60_000) % 60];
  const rest = `${two(Math.floor(thousandths / 1000) % 60)}.${String(thousandths % 1000).padStart(3, "0")}`;
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
