// The best matches of what was shown so far, each one press away from an answer or a better example.

import { concept, get, post } from "./api.js";
import { boxDialog } from "./box.js";
import { frame, thumb } from "./chip.js";
import { clear, clock, h, icon, plural, say, shortName, svg, toast } from "./dom.js";
import { keys } from "./keys.js";
import { chipOf, playChip } from "./moments.js";
import { queue } from "./queue.js";
import { SAID, VALUES } from "./words.js";

const SHOWN = 48;
const STRETCHES = 12; // of the collection, looked into where nothing is known yet
const ACTS = [
  ["yes", "y", "Yes, this is it"], ["no", "n", "No, it is not"], ["like", "m", "More like this"], ["unlike", "x", "Not like this"],
  ["box", "b", "Draw a box around it"]];
const SIGNS = { like: "M8 3v10M3 8h10", unlike: "M3 8h10" };

/** `examples` (examples.js) takes what is pointed out here. */
export class Matches {
  #turn = 0;
  #at = 0;
  #chips = [];
  #ready = 0; // items that could be searched when this was shown
  #coming = 0; // that could be by now

  constructor(name, { signal, examples }) {
    Object.assign(this, { name, signal, examples });
    this.title = h("h2");
    this.note = h("p", { class: "soft small" });
    this.more = h("button", { hidden: true, onclick: () => this.refresh(this.#coming) });
    this.legend = legend(examples.may);
    this.grid = h("div", { class: "matches", role: "grid", "aria-label": "Best matches" });
    this.element = h("section", { class: "stack found", "aria-label": "Matches" }, h("div", { class: "row wrap" }, this.title, this.note, this.more, this.legend), this.grid);
    keys(this.#keys(), { target: this.grid });
    this.grid.addEventListener("focusin", ({ target }) => this.#reach(this.#cards().findIndex((card) => card.contains(target))));
  }

  /** Searches by the examples there are; with none, shows frames from all over the collection to point at. */
  async refresh(ready) {
    const turn = ++this.#turn;
    this.#ready = ready;
    this.more.hidden = true;
    if (!ready) return this.#show([], "Best matches", "They appear as soon as the first files are described; folders are added under Collection.");
    this.grid.setAttribute("aria-busy", "true");
    try {
      const found = await this.#found();
      if (turn === this.#turn) this.#show(found.chips, found.title, found.note);
    } catch (error) {
      if (turn === this.#turn && error.name !== "AbortError") this.#show([], "Best matches", error.message);
    }
    this.grid.removeAttribute("aria-busy");
  }

  /** More can be searched: done at once, but never under a hand that is about to press. */
  grown(ready) {
    if (ready === this.#ready) return;
    if (!this.#chips.length || !this.grid.matches(":hover, :focus-within")) return void this.refresh(ready);
    this.#coming = ready;
    this.more.textContent = `Search again: ${plural(ready - this.#ready, "item")} more`;
    this.more.hidden = false;
  }

  #found() {
    if (!this.examples.may) return this.#best();
    return this.examples.list.some(({ sign }) => sign > 0) ? this.#search() : this.#abroad();
  }

  async #best() {
    const { items } = await this.#page("score", 0, SHOWN);
    return { chips: items, title: "Best so far", note: "" };
  }

  async #search() {
    const { chips, notes } = await post(`${concept(this.name)}/search`, { k: SHOWN }, { signal: this.signal });
    return { chips, title: "Best matches", note: notes.join(" ") || "Is it there? Say yes, or point out what looks more like it." };
  }

  /** A few neighbours from each of several stretches: the first of a million would all be one camera's. */
  async #abroad() {
    const { total } = await this.#page("time", 0, 1);
    const few = total <= SHOWN;
    const each = SHOWN / STRETCHES;
    const starts = few ? [0] : Array.from({ length: STRETCHES }, (_, i) => Math.floor((i * (total - each)) / (STRETCHES - 1)));
    const pages = await Promise.all(starts.map((start) => this.#page("time", start, few ? SHOWN : each)));
    return { chips: pages.flatMap(({ items }) => items), title: "No picture at hand?", note: "Look for it here: draw a box around it, or say “more like this”." };
  }

  async #page(order, offset, limit) {
    const told = await get(`${concept(this.name)}/items?order=${order}&offset=${offset}&limit=${limit}`, { signal: this.signal });
    return { total: told.total, items: told.items.map((row) => ({ ...row, mark: told.mark })) };
  }

  #show(chips, title, note) {
    const had = this.grid.contains(document.activeElement);
    this.#chips = chips;
    this.#at = Math.max(0, Math.min(this.#at, chips.length - 1));
    this.title.textContent = title;
    this.note.textContent = note;
    this.legend.hidden = !chips.length;
    clear(this.grid).append(h("div", { role: "row", class: "through" }, chips.map((chip, i) => this.#card(chip, i))));
    if (had) this.#focus(this.#at);
  }

  #card(chip, i) {
    const name = chip.source.name ?? chip.source;
    const when = (chip.kind ?? chip.source.kind) === "image" ? "" : clock(chip.seconds);
    const missing = ({ target }) => target.replaceWith(h("p", { class: "missing small", text: chip.gone ?? "its picture did not load" }));
    const picture = h("img", { src: thumb(chip), alt: "", draggable: "false", decoding: "async", onerror: missing, onclick: () => this.#do("play", chip) });
    const card = h("div", { class: "match", role: "gridcell", tabindex: i === this.#at ? 0 : -1, "aria-label": `${shortName(name)} ${when}` },
      h("div", { class: "well" }, picture, h("span", { class: "stamp" }), this.#hands(chip)),
      h("div", { class: "caption small" }, h("span", { class: "name", title: name, text: shortName(name) }), h("time", { class: "soft", text: when })));
    stamp(card, chip.value);
    return card;
  }

  #hands(chip) {
    const one = ([what, key, words]) =>
      h("button", { class: what, tabindex: -1, title: `${words} (${key})`, "aria-label": words, onclick: () => this.#do(what, chip) }, drawing(what));
    return this.examples.may ? h("div", { class: "hands" }, ACTS.map(one)) : null;
  }

  #do(what, chip) {
    const acts = {
      yes: () => this.#say(chip, 1), no: () => this.#say(chip, -1), play: () => this.#play(chip), box: () => this.#box(chip),
      like: () => this.examples.item(chip.item, 1), unlike: () => this.examples.item(chip.item, -1),
    };
    if (what !== "play" && !this.examples.may) return;
    Promise.resolve(acts[what]()).catch((error) => error.name === "AbortError" || toast(error.message, { kind: "error" }));
  }

  #say(chip, value) {
    chip.value = value;
    stamp(this.#cards()[this.#chips.indexOf(chip)], value);
    say(SAID[VALUES[value]]);
    queue.add({ concept: this.name, kind: "answers", body: { answers: [{ item: chip.item, round: chip.round ?? null, value, box: null }] } });
  }

  async #play(chip) {
    const known = chip.source.id ? chip : await chipOf(this.name, chip.item, { signal: this.signal });
    await playChip(known, { answer: this.examples.may ? (value) => this.#say(chip, value) : undefined });
  }

  async #box(chip) {
    const { source } = chip.source.id ? chip : await chipOf(this.name, chip.item, { signal: this.signal });
    const actions = [{ value: 1, label: "More like this", key: "m", primary: true }, { value: -1, label: "Not like this", key: "x" }];
    const drawn = await boxDialog({ title: `Where is ${this.name}?`, src: frame(chip), width: source.width, height: source.height, actions });
    if (drawn) await this.examples.item(chip.item, drawn.action, drawn.box);
  }

  #keys() {
    const at = () => this.#chips[this.#at];
    const acting = Object.fromEntries(ACTS.map(([what, key]) => [key, () => this.#do(what, at())]));
    const by = (n) => () => this.#focus(this.#at + n);
    return {
      ...acting, Enter: () => this.#do("play", at()), " ": () => this.#do("play", at()), ArrowLeft: by(-1), ArrowRight: by(1),
      ArrowUp: () => this.#focus(this.#at - this.#across()), ArrowDown: () => this.#focus(this.#at + this.#across()),
    };
  }

  #cards() {
    return [...this.grid.querySelectorAll(".match")];
  }

  #across() {
    const cards = this.#cards();
    return Math.max(1, cards.filter(({ offsetTop }) => offsetTop === cards[0].offsetTop).length);
  }

  #focus(at) {
    this.#cards()[Math.max(0, Math.min(at, this.#chips.length - 1))]?.focus();
  }

  #reach(at) {
    if (at < 0) return;
    const cards = this.#cards();
    cards[this.#at]?.setAttribute("tabindex", -1);
    cards[at].setAttribute("tabindex", 0);
    this.#at = at;
  }
}

function legend(may) {
  const keys = [["y", "yes"], ["n", "no"], ["m", "more like it"], ["x", "not like it"], ["b", "box"]];
  return h("span", { class: "spread row keys small soft" }, may ? keys.flatMap(([key, words]) => [h("kbd", { text: key }), h("span", { text: words })]) : null);
}

function stamp(card, value) {
  const said = VALUES[value] ?? "";
  card.dataset.said = said;
  clear(card.querySelector(".stamp")).append(...(said ? [icon(said), SAID[said]] : []));
}

function drawing(what) {
  const path = SIGNS[what];
  return path ? svg("svg", { class: "icon-svg", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path })) : icon(what);
}
