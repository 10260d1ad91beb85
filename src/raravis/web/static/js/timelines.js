// Heat strips: each timeline's score over time, the events found on it and the answers given, one row a timeline.

import { concept, get } from "./api.js";
import { clear, clock, count, folderOf, h, percent, plural, shortName, svg, toast } from "./dom.js";
import { keys } from "./keys.js";
import { play } from "./player.js";

const [PAGE, MOST] = [20, 100]; // rows: asked for at once, and at most
const LEVELS = 6; // shades of heat
const [HEAT, LANE] = [34, 16]; // px: the strip, and the lane of answers under it
const MARKS = { 1: ["yes", 4], "-1": ["no", 3], 0: ["unsure", 3.5] };

/** A section that shows `name`'s timelines, a page at a time; `refresh()` reads those shown anew. */
export class Timelines {
  #shown = 0;
  #text = ""; // what the rows show, so that nothing moves under the pointer where nothing changed

  constructor(name, { signal }) {
    Object.assign(this, { name, signal });
    this.rows = h("div", { class: "timelines" }, h("p", { class: "soft", text: "Reading…" }));
    this.more = h("button", { onclick: () => this.#page(), hidden: true });
    this.alone = h("p", { class: "soft" });
    this.element = h("section", { class: "stack", "aria-label": "Timelines" },
      h("div", { class: "row wrap" }, h("h2", { text: "Timelines" }), legend()), this.rows, this.more, this.alone);
  }

  async refresh() {
    const wanted = Math.min(MOST, Math.max(PAGE, this.#shown));
    const told = await this.#told(0, wanted);
    const text = JSON.stringify(told);
    if (text === this.#text) return;
    this.#text = text;
    const at = this.#focus();
    for (const old of [...this.rows.children].slice(0, wanted)) old.remove();
    this.rows.prepend(...told.timelines.map(row));
    this.#counted(told);
    this.rows.children[at]?.querySelector(".heat-strip")?.focus({ preventScroll: true });
    if (!told.total && !told.alone) this.rows.append(h("p", { class: "soft", text: "No timelines yet: add a folder of videos first." }));
  }

  async #page() {
    try {
      const told = await this.#told(this.#shown, PAGE);
      this.rows.append(...told.timelines.map(row));
      this.#counted(told);
      this.#text = "";
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message, { kind: "error" });
    }
  }

  #told(offset, limit) {
    return get(`${concept(this.name)}/timelines?offset=${offset}&limit=${limit}`, { signal: this.signal });
  }

  #counted({ total, alone }) {
    clear(this.alone).append(...(alone ? inBrowse(this.name, alone) : []));
    this.#shown = this.rows.querySelectorAll(".timeline").length;
    this.more.hidden = this.#shown >= total;
    this.more.textContent = `Show more (${count(this.#shown)} of ${count(total)})`;
  }

  #focus() {
    return [...this.rows.children].findIndex((each) => each.contains(document.activeElement));
  }
}

function legend() {
  const entry = (name, words) => h("span", { class: "row" }, svg("svg", { class: `key ${name}`, width: 12, height: 12 }, glyph(name, 6, 6, 4)), words);
  return h("div", { class: "legend small soft row" },
    h("span", { class: "row" }, h("i", { class: "heat-key" }), "score"), h("span", { class: "row" }, h("i", { class: "event-key" }), "event found"),
    entry("yes", "yes"), entry("no", "no"), entry("unsure", "can’t tell"));
}

function row(timeline) {
  const { name, events, seconds } = timeline;
  return h("div", { class: "timeline" },
    h("div", { class: "name" }, h("span", { title: name, text: shortName(name) }),
      h("span", { class: "soft small", text: [events.length ? plural(events.length, "event") : "", folderOf(name)].filter(Boolean).join(" · ") })),
    strip(timeline), h("span", { class: "soft small long", text: seconds ? clock(seconds) : "still" }));
}

/** A slider along time: the pointer or the arrows choose a moment, a click or Enter plays it. */
function strip(timeline) {
  const picture = svg("svg", { height: HEAT + LANE, "aria-hidden": "true" });
  const hand = h("i", { class: "hand", hidden: true }, h("b"));
  const element = h("div", {
    class: timeline.seconds ? "heat-strip" : "heat-strip still", role: "slider", tabindex: 0, "aria-label": `${timeline.name}: ${plural(timeline.events.length, "event")}`,
    "aria-valuemin": 0, "aria-valuemax": timeline.seconds, "aria-valuenow": 0,
  }, picture, ...timeline.events.map((event) => span(timeline, event)), hand);
  new ResizeObserver(([{ contentRect }]) => {
    picture.setAttribute("width", contentRect.width);
    clear(picture).append(...heat(timeline, contentRect.width), ...answers(timeline, contentRect.width));
  }).observe(element);
  moved(element, hand, timeline);
  return element;
}

function moved(element, hand, timeline) {
  let at = timeline.events[0]?.from ?? 0;
  const to = (seconds) => {
    at = Math.min(Math.max(seconds, 0), timeline.seconds);
    point(element, hand, timeline, at);
  };
  const under = ({ clientX }) => {
    const { left, width } = element.getBoundingClientRect();
    return ((clientX - left) / width) * timeline.seconds;
  };
  const by = (bins) => () => to(at + (bins * timeline.seconds) / timeline.heat.length);
  element.addEventListener("pointermove", (event) => to(under(event)));
  element.addEventListener("pointerleave", () => (hand.hidden = document.activeElement !== element));
  element.addEventListener("focus", () => to(at));
  element.addEventListener("blur", () => (hand.hidden = true));
  element.addEventListener("click", (event) => event.target.closest("button") || show(timeline, under(event)));
  keys({
    ArrowLeft: by(-1), ArrowRight: by(1), "Shift+ArrowLeft": by(-10), "Shift+ArrowRight": by(10), Home: () => to(0),
    End: () => to(timeline.seconds), Enter: () => show(timeline, at), " ": () => show(timeline, at),
  }, { target: element });
}

function point(element, hand, { seconds, heat, kind }, at) {
  const share = seconds ? at / seconds : 0;
  const score = heat[Math.min(heat.length - 1, Math.floor(share * heat.length))];
  const text = `${kind === "image" ? "" : clock(at)}${score === null || score === undefined ? "" : `  ${percent(score)}`}`;
  hand.hidden = false;
  hand.style.left = `${100 * share}%`;
  hand.classList.toggle("late", share > 0.85);
  hand.firstChild.textContent = text;
  element.setAttribute("aria-valuenow", at.toFixed(1));
  element.setAttribute("aria-valuetext", text);
}

function span(timeline, event) {
  const { from, to, score } = event;
  const words = `Event ${clock(from)} to ${clock(to)}${score === null ? "" : `, score ${percent(score)}`}: play`;
  return h("button", {
    class: "span", "aria-label": words, title: words, onclick: () => show(timeline, from, event),
    style: timeline.seconds ? placed(timeline, from, to) : { left: 0, width: "100%" }, // a still is all of itself
  });
}

const placed = ({ seconds }, from, to) => ({ left: `${(100 * from) / seconds}%`, width: `${(100 * (to - from)) / seconds}%` });

/** Plays `at` seconds of the timeline, in the source that lies there. */
function show({ sources }, at, event) {
  const there = sources.find(({ from, to }) => at >= from && at < to) ?? sources.findLast(({ from }) => from <= at) ?? sources[0];
  const span = event && { from: event.from - there.from, to: event.to - there.from };
  return play({ source: there.id, title: there.name, seconds: Math.max(0, Math.min(at, there.to) - there.from), ...span });
}

/** A few paths, one a shade: columns as high and as deep in colour as the score. */
function heat({ heat: parts, seconds }, width) {
  const paths = Array.from({ length: LEVELS }, () => "");
  const bins = seconds ? parts : parts.slice(0, 1);
  const wide = width / bins.length;
  bins.forEach((share, i) => {
    if (share === null) return;
    const high = Math.max(1.5, share * (HEAT - 2));
    const level = Math.min(LEVELS - 1, Math.floor(share * LEVELS));
    paths[level] += `M${(i * wide).toFixed(2)} ${HEAT}v${(-high).toFixed(1)}h${(wide + 0.3).toFixed(2)}V${HEAT}z`;
  });
  return paths.map((d, level) => d && svg("path", { class: "heat", d, opacity: 0.3 + (0.7 * level) / (LEVELS - 1) })).filter(Boolean);
}

function answers({ answers: given, seconds }, width) {
  const y = HEAT + LANE / 2 + 1;
  return [...given].sort((a, b) => a.value - b.value).map(({ seconds: at, value }) => {
    const [name, size] = MARKS[value];
    return glyph(name, seconds ? (at / seconds) * width : width / 2, y, size);
  });
}

/** Told apart by shape as well as by colour: a disc, a short stroke, a ring. */
function glyph(name, x, y, size) {
  if (name === "no") return svg("path", { class: "mark no", d: `M${x} ${y - size}v${2 * size}` });
  return svg("circle", { class: `mark ${name}`, cx: x, cy: y, r: name === "yes" ? size : size - 1 });
}

/** Pictures without others before and after them. */
function inBrowse(name, alone) {
  const where = h("a", { href: `#/browse/${encodeURIComponent(name)}`, text: "Browse" });
  return [`${plural(alone, "picture")} with no time to look along: `, where, " shows them, the likeliest first."];
}
