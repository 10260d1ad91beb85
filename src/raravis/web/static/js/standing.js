// Where the search stands: what was found, what another hundred answers may bring, how sure it is, and where it lies.

import { concept, get } from "./api.js";
import { finds, perHundred } from "./curves.js";
import { clear, count, h, plural } from "./dom.js";
import { address } from "./route.js";
import { seldom, settled } from "./seldom.js";
import { Timelines } from "./timelines.js";

const [NUMBERS_EVERY, STRIPS_EVERY, SETTLED] = [500, 4000, 5000]; // milliseconds: at most often while answers come in, and after the last

export async function page(main, { concept: name, signal, live }) {
  if (!name) return void clear(main).append(unnamed());
  const top = h("div", { class: "stack" }, h("p", { class: "soft", text: "Adding up…" }));
  const strips = new Timelines(name, { signal });
  clear(main).append(h("div", { class: "page stack wide standing" }, h("h1", { text: name }), top, strips.element));
  const numbers = latest(async () => get(`${concept(name)}/standing`, { signal }), (told) => draw(top, name, told));
  const all = () => Promise.all([numbers(), strips.refresh()]);
  const looks = [seldom(numbers, NUMBERS_EVERY, signal), seldom(() => strips.refresh(), STRIPS_EVERY, signal), settled(all, SETTLED, signal)];
  const heard = () => looks.forEach((look) => look());
  live.on("concept", (told) => told.name === name && heard(), { signal });
  live.on("hello", heard, { signal });
  await all();
  settled(all, SETTLED, signal)();
}

/** Reads, and shows what is another than before: what a pointer is on stays. */
function latest(read, show) {
  let shown = "";
  return async () => {
    const told = await read();
    const text = JSON.stringify(told);
    if (text !== shown) show(told);
    shown = text;
  };
}

function unnamed() {
  return h("div", { class: "empty" }, h("h1", { text: "Nothing is sought yet" }),
    h("p", { text: "Say what you seek first; then this page shows what was found and what may be missing." }),
    h("a", { class: "button primary", href: address("start"), text: "Say what you seek" }));
}

function draw(top, name, standing) {
  if (!standing.answers) return void clear(top).append(begin(name));
  clear(top).append(numbers(standing), sure(standing),
    h("div", { class: "charts" }, finds(standing.curve), perHundred(standing.per_100, standing.answers)), ...people(standing.by));
}

function begin(name) {
  return h("div", { class: "card row wrap" }, h("p", { text: "No answers yet. The curve and the events grow as you answer." }),
    h("a", { class: "button primary spread", href: address("answer", name), text: "Start answering" }));
}

function numbers({ events, answers, yes, no, cant_tell: unsure, propagated, since_last_find: since, expected_next_100: next, expected_how: how }) {
  const found = `${count(yes)} yes · ${count(no)} no · ${count(unsure)} can’t tell`;
  return h("dl", { class: "numbers" },
    number(count(events), events === 1 ? "event found" : "events found", propagated ? `${count(propagated)} more items follow` : ""),
    number(count(answers), answers === 1 ? "answer" : "answers", found),
    number(count(since), "answers since the last find", yes ? "" : "nothing was found yet"),
    number(next === null ? "–" : around(next), "new events expected in the next 100", next === null ? "too early to say" : "a rough guide, not a bound", how));
}

const around = (n) => (n < 10 ? `≈ ${n.toFixed(1)}` : `≈ ${count(Math.round(n))}`);

function number(value, words, more, title) {
  return h("div", { title }, h("dt", { text: words }), h("dd", { text: value }), more ? h("dd", { class: "small soft", text: more }) : null);
}

/** The certificate in its own words, or what one would cost. */
function sure({ certificate, price }) {
  if (certificate) {
    return h("div", { class: "card sure held" }, h("h2", { text: "Certified" }), h("p", { text: certificate.sentence }),
      certificate.url ? h("a", { href: certificate.url, target: "_blank", rel: "noopener", text: "The certificate" }) : null);
  }
  return h("div", { class: "card sure" }, h("h2", { text: "Not certified" }),
    h("p", { text: price ? sentence(price) : "Nobody audited yet, so nothing can be said of what is missed. raravis certify does it." }));
}

const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1).replace(/\.$/, "")}.`;

function people(by) {
  if (by.length < 2) return [];
  const line = ({ name, answers, per_minute: pace }) =>
    h("tr", {}, h("td", { text: name }), h("td", { class: "n", text: count(answers) }), h("td", { class: "n", text: pace === null ? "–" : `${Math.round(pace)}` }));
  const head = h("tr", {}, h("th", { text: "Who" }), h("th", { class: "n", text: "Answers" }), h("th", { class: "n", text: "A minute" }));
  return [h("details", { class: "people" }, h("summary", { text: `${plural(by.length, "person", "people")} answered` }),
    h("table", { class: "rows" }, h("thead", {}, head), h("tbody", {}, by.map(line))))];
}
