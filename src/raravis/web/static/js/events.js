// The events found, as a table to filter, sort and play; and what can be taken away.

import { concept, get } from "./api.js";
import { READY, thumb } from "./chip.js";
import { clear, clock, count, folderOf, h, icon, percent, plural, shortName } from "./dom.js";
import { play } from "./player.js";
import { address } from "./route.js";
import { seldom, settled } from "./seldom.js";
import { takeaway } from "./takeaway.js";

const STEP = 200; // rows drawn at once; more on request
const MOMENT = 0.1; // seconds: one frame
const REFRESH = 2000;
// name → [title, value to sort by, numbers right]
const COLUMNS = [
  ["source", "Source", (event) => event.source, false], ["from", "From", (event) => event.from, true], ["to", "To", (event) => event.to, true],
  ["long", "Length", (event) => event.to - event.from, true], ["score", "Score", (event) => event.score ?? -1, true],
  ["answers", "Answers", (event) => event.answers, true], ["propagated", "Follow", (event) => event.propagated, true]];
const TOLD = { answers: "Yes answers behind it", propagated: "Items between them that nobody was shown" };

export async function page(main, { concept: name, session, signal, live }) {
  const table = new Events(name, { signal });
  clear(main).append(h("div", { class: "page stack wide events" }, h("h1", { text: name }), takeaway(name, { signal, may: session.role !== "viewer" }), table.element));
  await table.refresh();
  const looks = [seldom(() => table.refresh(), REFRESH, signal), settled(() => table.refresh(), 2 * REFRESH, signal)];
  live.on("concept", (told) => told.name === name && looks.forEach((look) => look()), { signal });
}

class Events {
  #all = [];
  #by = "score";
  #down = true;
  #most = STEP;

  constructor(name, { signal }) {
    Object.assign(this, { name, signal });
    this.filter = h("input", { type: "search", "aria-label": "Filter by source", placeholder: "Filter by source…", oninput: () => this.#draw() });
    this.told = h("p", { class: "soft", role: "status" });
    this.head = h("tr");
    this.body = h("tbody");
    this.more = h("button", { hidden: true, onclick: () => this.#further() });
    this.table = h("div", { class: "scroll card" }, h("table", { class: "rows" }, h("thead", {}, this.head), this.body));
    this.none = h("div", { class: "empty", hidden: true }, h("h2", { text: "No events yet" }),
      h("p", { text: "An event is a stretch of time in which it is seen. The first yes makes the first one." }),
      h("a", { class: "button primary", href: address("answer", name), text: "Answer" }));
    this.tools = h("div", { class: "row wrap" }, this.filter, this.told);
    this.element = h("section", { class: "stack", "aria-label": "Events" }, this.tools, this.table, this.more, this.none);
  }

  async refresh() {
    const { events, mark } = await get(`${concept(this.name)}/events`, { signal: this.signal });
    this.#all = events.map((event) => ({ ...event, mark }));
    this.#draw();
  }

  #further() {
    this.#most += STEP;
    this.#draw();
  }

  #draw() {
    const shown = this.#sorted();
    this.none.hidden = this.#all.length > 0;
    this.table.hidden = this.tools.hidden = !this.#all.length;
    this.told.textContent = shown.length === this.#all.length ? plural(shown.length, "event") : `${count(shown.length)} of ${plural(this.#all.length, "event")}`;
    this.#heads();
    clear(this.body).append(...shown.slice(0, this.#most).map(row));
    this.more.hidden = shown.length <= this.#most;
    this.more.textContent = `Show ${count(Math.min(STEP, shown.length - this.#most))} more`;
  }

  #sorted() {
    const wanted = this.filter.value.trim().toLowerCase();
    const value = COLUMNS.find(([name]) => name === this.#by)[2];
    const way = this.#down ? -1 : 1;
    const fits = this.#all.filter(({ source, timeline }) => `${source} ${timeline}`.toLowerCase().includes(wanted));
    return fits.sort((a, b) => way * order(value(a), value(b)) || order(a.source, b.source) || a.from - b.from);
  }

  #heads() {
    const at = this.head.contains(document.activeElement) && document.activeElement.dataset.by;
    clear(this.head).append(h("th", {}, h("span", { class: "unseen", text: "Play" })), ...COLUMNS.map((column) => this.#heading(column)));
    if (at) this.head.querySelector(`[data-by="${at}"]`).focus();
  }

  #heading([name, title, , right]) {
    const here = name === this.#by;
    const arrow = here ? h("span", { "aria-hidden": "true", text: this.#down ? "↓" : "↑" }) : null;
    return h("th", { class: right ? "n" : "", "aria-sort": here ? (this.#down ? "descending" : "ascending") : "none" },
      h("button", { class: "quiet", dataset: { by: name }, title: TOLD[name], onclick: () => this.#sort(name) }, title, arrow));
  }

  #sort(name) {
    this.#down = name === this.#by ? !this.#down : name !== "source" && name !== "from";
    this.#by = name;
    this.#draw();
  }
}

const order = (a, b) => (typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b);

function row(event) {
  const { source, from, to, score, answers, propagated } = event;
  const cell = (text) => h("td", { class: "n", text });
  const folder = h("span", { class: "soft small", text: folderOf(source) });
  return h("tr", { onclick: () => show(event) }, h("td", { class: "best" }, best(event)), h("td", { class: "name", title: source }, h("span", { text: shortName(source) }), folder),
    ...moments(event).map(cell), cell(percent(score)), cell(count(answers)), cell(count(propagated)));
}

/** From, to, how long: of a picture there is nothing to tell. */
function moments({ kind, from, to }) {
  const moment = to - from < MOMENT;
  if (moment && kind === "image") return ["", "", "still"];
  return [clock(from), clock(to), moment ? "a moment" : `${(to - from).toFixed(1)} s`];
}

function show({ source, source_id: id, kind, from, to }) {
  return play({ source: id, title: kind === "image" ? source : `${source} at ${clock(from)}`, seconds: from, from, to });
}

/** Its best picture, which plays it. */
function best({ item, mark, source, kind, from }) {
  const label = kind === "image" ? `Show ${shortName(source)}` : `Play ${shortName(source)} from ${clock(from)}`;
  return h("button", { class: "shot", "aria-label": label }, // a press reaches the row, which plays
    h("img", { src: thumb({ item, mark }, READY), alt: "", loading: "lazy" }), h("span", { class: "over" }, icon("play")));
}
