// Everything there is, a million items if need be: by score, by time, or doubtful answers, to look at, play and answer.

import { concept, get } from "./api.js";
import { READY, thumb } from "./chip.js";
import { clear, clock, count, h, icon, percent, plural, say, shortName, toast } from "./dom.js";
import { Endless } from "./endless.js";
import { keys } from "./keys.js";
import { chipOf, playChip } from "./moments.js";
import { Pages } from "./pages.js";
import { queue } from "./queue.js";
import { address } from "./route.js";
import { SAID, VALUES } from "./words.js";

const [WIDE, HIGH] = [168, 150]; // px of a cell
const SETTLED = 90; // milliseconds without scrolling before what is in sight is fetched
const ORDERS = [["score", "Most likely first"], ["time", "By source and time"], ["doubt", "Doubtful answers first"]];
const EMPTY = { doubt: "Nothing to doubt yet: that takes a yes and a no at two separate times each." };

export async function page(main, { concept: name, wanted, session, signal, live }) {
  if (!name) return void clear(main).append(h("div", { class: "empty" }, h("h1", { text: "Nothing is sought yet" }), h("a", { class: "button primary", href: address("start"), text: "Say what you seek" })));
  const browse = new Browse(name, { signal, may: session.role !== "viewer" });
  clear(main).append(browse.element);
  const order = wanted.get("order");
  await browse.open(ORDERS.some(([value]) => value === order) ? order : "score");
  live.on("collection", () => (browse.again.hidden = false), { signal });
  live.on("concept", (told) => told.name === name && (browse.again.hidden = false), { signal });
  for (const kind of ["kept", "refused"]) queue.addEventListener(kind, ({ detail }) => browse[kind](detail), { signal });
}

class Browse {
  #at = 0;
  #timer = 0;
  #sight = [0, 0];

  constructor(name, { signal, may }) {
    Object.assign(this, { name, signal, may });
    this.order = h("select", { "aria-label": "Order", onchange: () => this.open(this.order.value) }, ORDERS.map(([value, text]) => h("option", { value, text })));
    this.again = h("button", { hidden: true, onclick: () => this.open(this.order.value), text: "Order anew" });
    this.told = h("p", { class: "soft", role: "status" });
    this.grid = new Endless({ wide: WIDE, high: HIGH, label: `All items, by how likely they show ${name}`, cell: (i) => this.#cell(i), onsight: (from, to) => this.#seen(from, to) });
    this.grid.element.addEventListener("click", (event) => this.#clicked(event));
    this.grid.element.addEventListener("focus", () => this.#goTo(this.#at));
    keys(this.#keys(), { target: this.grid.element });
    this.element = h("div", { class: "browse" }, h("div", { class: "row wrap bar" }, this.order, this.told, this.again, h("span", { class: "spread soft small row keys" }, this.#help())), this.grid.element);
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Reads the list anew, in this order. */
  async open(order) {
    this.version = 0; // of the order: it stays the same under the reader while answers change the scores
    this.pages = new Pages((offset, limit, signal) => this.#read(order, offset, limit, signal), { signal: this.signal });
    this.pages.addEventListener("page", () => this.#came());
    this.pages.addEventListener("trouble", ({ detail }) => toast(detail.message, { kind: "error" }));
    this.#at = 0;
    this.again.hidden = true;
    this.grid.element.scrollTop = 0;
    await this.pages.want(0, 1);
    this.told.textContent = plural(this.pages.total, order === "doubt" ? "answer" : "item");
    if (!this.pages.total) this.told.textContent = EMPTY[order] ?? "No items yet: add a folder first.";
    this.grid.reset(this.pages.total);
  }

  /** What an undo took back, or the server refused, is no longer said. */
  kept({ act, reply }) {
    if (act.concept !== this.name || act.kind !== "undo") return;
    for (const { item, value } of reply.items) this.#put(item, value);
    const at = reply.items.length ? this.pages.find(reply.items[0].item) : -1;
    if (at >= 0) this.#goTo(at);
    else toast(reply.items.length ? "Taken back, out of sight" : "Nothing to take back");
  }

  refused({ act }) {
    if (act.concept === this.name && act.kind === "answers") for (const { item } of act.body.answers) this.#put(item, null);
  }

  async #read(order, offset, limit, signal) {
    const told = await get(`${concept(this.name)}/items?order=${order}&offset=${offset}&limit=${limit}&version=${this.version}`, { signal });
    this.version = told.version ?? 0;
    this.order.value = told.order ?? order; // by time where nothing is scored yet
    for (const row of told.items) row.mark = told.mark;
    return told;
  }

  #help() {
    const all = [["y n u", "answer"], ["z", "undo"], ["↵", "play"]];
    return (this.may ? all : all.slice(2)).flatMap(([key, words]) => [h("kbd", { text: key }), h("span", { text: words })]);
  }

  #came() {
    const [from, to] = this.#sight;
    for (let i = from; i < to; i++) if (this.grid.at(i)?.dataset.waits) this.grid.redraw(i);
  }

  #seen(from, to) {
    this.#sight = [from, to];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.pages.want(from, to), SETTLED);
  }

  #cell(i) {
    const row = this.pages.row(i);
    const element = h("div", { class: "tile", role: "option", id: `tile-${i}`, dataset: { i }, "aria-selected": String(i === this.#at) });
    if (row) filled(element, row);
    else element.dataset.waits = "yes";
    return element;
  }

  #clicked(event) {
    const cell = event.target.closest(".tile");
    if (!cell) return;
    this.#goTo(Number(cell.dataset.i));
    this.#play();
  }

  #goTo(i) {
    if (!this.grid.count) return;
    const old = this.#at;
    this.#at = Math.max(0, Math.min(i, this.grid.count - 1));
    this.grid.reveal(this.#at);
    this.grid.at(old)?.setAttribute("aria-selected", "false");
    this.grid.at(this.#at)?.setAttribute("aria-selected", "true");
    this.grid.element.setAttribute("aria-activedescendant", `tile-${this.#at}`);
  }

  async #play() {
    const row = this.pages.row(this.#at);
    if (!row) return;
    try {
      const chip = await chipOf(this.name, row.item, { signal: this.signal });
      await playChip({ ...chip, value: row.value }, { answer: this.may ? (value) => this.#say(row, value) : undefined });
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message, { kind: "error" });
    }
  }

  #say(row, value) {
    this.#put(row.item, value);
    say(SAID[VALUES[value]]);
    queue.add({ concept: this.name, kind: "answers", body: { answers: [{ item: row.item, round: null, value, box: null }] } });
  }

  #put(item, value) {
    const i = this.pages.find(item);
    if (i < 0) return;
    this.pages.row(i).value = value;
    this.grid.redraw(i);
  }

  #answered(value) {
    const row = this.pages.row(this.#at);
    if (!row || !this.may) return;
    this.#say(row, value);
    this.#goTo(this.#at + 1);
  }

  #keys() {
    const by = (n) => () => this.#goTo(this.#at + n());
    const { grid } = this;
    return {
      ArrowLeft: by(() => -1), ArrowRight: by(() => 1), ArrowUp: by(() => -grid.across), ArrowDown: by(() => grid.across),
      PageUp: by(() => -grid.page * grid.across), PageDown: by(() => grid.page * grid.across),
      Home: () => this.#goTo(0), End: () => this.#goTo(grid.count - 1), Enter: () => this.#play(), " ": () => this.#play(),
      y: () => this.#answered(1), n: () => this.#answered(-1), u: () => this.#answered(0),
      z: () => this.may && queue.add({ concept: this.name, kind: "undo", body: {} }),
    };
  }
}

function filled(element, row) {
  const { score, value, source, seconds, kind } = row;
  const said = VALUES[value] ?? "";
  const when = kind === "image" ? "" : clock(seconds);
  const missing = ({ target }) => target.replaceWith(h("p", { class: "missing small", text: "its picture did not load" }));
  element.dataset.said = said;
  element.setAttribute("aria-label", [shortName(source) + (when && ` at ${when}`), score === null ? null : `score ${percent(score)}`, said ? SAID[said] : "not answered"].filter(Boolean).join(", "));
  element.append(h("div", { class: "well" }, h("img", { src: thumb(row, READY), alt: "", draggable: "false", decoding: "async", onerror: missing }),
    said ? h("span", { class: "stamp" }, icon(said), SAID[said]) : null),
    h("div", { class: "score" }, h("i", { style: { width: `${100 * Math.max(0, Math.min(1, score ?? 0))}%` } })),
    h("div", { class: "caption small" }, h("span", { class: "name", title: source, text: shortName(source) }), h("time", { class: "soft", text: when })));
}
