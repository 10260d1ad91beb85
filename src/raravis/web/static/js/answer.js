// The answering page: a grid of chips, one question, one key an answer.

import { get } from "./api.js";
import { Asides } from "./asides.js";
import { isOpen } from "./chip.js";
import { offerDone } from "./done.js";
import { clear, h, icon, plural, say, toast } from "./dom.js";
import { Grid, preload } from "./grid.js";
import { help } from "./help.js";
import { keys } from "./keys.js";
import { Loupe } from "./loupe.js";
import { Tally } from "./tally.js";
import { Views } from "./views.js";
import { nothingSought, onlyLooking, waiting } from "./wait.js";
import { SAID, VALUES } from "./words.js";

const SEEN = 350; // milliseconds that a picture must have been there before "all the rest: no" takes it for seen
const UNSURE = "The server may not have heard the last undo: look, and press z again if need be.";
const VALUE = { yes: 1, no: -1, unsure: 0 };
const BATCH = 6; // chips: with more at a time more answers are needed, for none is heard before all are chosen
const KEYS = { y: "yes", n: "no", u: "unsure", l: "later", Y: "event", b: "box", p: "play", z: "undo", Enter: "rest" };
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export async function page(main, { concept, signal, live, session }) {
  if (!concept) return void main.append(nothingSought());
  if (session.role === "viewer") return void main.append(onlyLooking(concept));
  await new AnswerPage(main, { concept, signal, live, session }).open();
}

class AnswerPage {
  constructor(main, { concept, signal, live, session }) {
    Object.assign(this, { main, concept, signal, live, session });
    this.tally = new Tally({ signal });
    this.progress = h("span", { class: "soft progress" });
    this.note = h("div", { class: "wait", role: "status" });
    this.loupe = new Loupe({ concept, onAct: (what) => this.#act(what) });
    this.grid = new Grid({
      concept,
      signal,
      onCurrent: (...chips) => this.loupe.show(...chips),
      hands: (...told) => this.#hand(...told),
    });
    this.views = new Views(concept, { me: session.name, size: () => Math.min(this.grid.room, BATCH), signal });
    this.asides = new Asides(this);
  }

  async open() {
    this.#draw();
    this.#listen();
    this.#wait({ why: null });
    await Promise.all([this.views.open(), this.#count(), offerDone(this.bar, this)]);
    this.tally.left(this.views.left);
  }

  /** Says `what` of chips, and goes on to what is open. */
  say(chips, what, options) {
    if (what === "later") this.views.later(chips);
    else this.views.answer(chips, VALUE[what], options);
    this.on(chips.length > 1 ? `${SAID[what]} to ${chips.length}` : SAID[what], what === "later" ? 0 : chips.length);
  }

  /** The same by the number that stands for it. */
  value(chips, value) {
    this.say(chips, VALUES[value]);
  }

  /** After `n` answers, `told` in words: on to what is open, in this view or the next. */
  on(told, n) {
    const { chips } = this.views.view;
    say(`${told}, ${chips.filter((chip) => !isOpen(chip)).length} of ${chips.length}`);
    if (n) this.tally.said(n);
    if (!this.grid.advance()) this.views.next();
  }

  #draw() {
    const tool = (name, title, act) =>
      h("button", { class: "quiet icon", title, "aria-label": title, onclick: act }, icon(name));
    const question = h("h1", {}, "Is it ", h("em", { text: this.concept }), "?");
    const tools = [
      tool("search", "Search by words ( / )", () => this.asides.find()),
      tool("help", "All keys ( ? )", help),
    ];
    this.bar = h(
      "div",
      { class: "question" },
      question,
      this.progress,
      h("span", { class: "spread" }),
      this.tally.element,
    );
    this.bar.append(...tools);
    const board = h("div", { class: "board" }, this.grid.element, this.note);
    const table = h("div", { class: "table" }, board, this.loupe.element);
    this.main.append(h("div", { class: "answer" }, this.bar, table));
  }

  #listen() {
    const { views, live, signal } = this;
    const on = (kind, fn) => views.addEventListener(kind, ({ detail }) => fn(detail), { signal });
    on("view", () => this.#show());
    on("said", () => this.#refresh());
    on("came", (told) => this.#came(told));
    on("waiting", (told) => this.#wait(told));
    on("kept", (told) => this.#kept(told));
    on("focus", ({ chip }) => this.grid.goTo(chip));
    on("nothing", ({ unsure }) => toast(unsure ? UNSURE : "There is nothing of yours to take back."));
    live.on("concept", (told) => told.name === this.concept && this.tally.stands(told), { signal });
    live.on("hello", () => (this.grid.reload(), views.ahead()), { signal });
    live.on("collection", () => views.ahead(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || views.renew().catch(() => null), { signal });
    keys(this.#keys(), { signal });
  }

  #keys() {
    const { views, loupe, asides } = this;
    const map = {
      " ": () => loupe.toggleStrip(),
      "[": () => loupe.context(-1),
      "]": () => loupe.context(1),
      "/": () => asides.find(),
      "?": help,
      Escape: () => views.view?.title && views.back(),
      PageUp: () => views.show(views.here - 1),
      PageDown: () => views.show(views.here + 1),
    };
    for (const [key, what] of Object.entries(KEYS)) map[key] = () => this.#act(what);
    for (const [key, way] of Object.entries(WAYS))
      map[key] = map[`Shift+${key}`] = ({ shiftKey }) => this.grid.move(...way, shiftKey);
    return map;
  }

  #act(what) {
    if (what === "undo") return this.views.undo();
    const { current, chosen } = this.grid;
    if (!current || !this.note.hidden) return;
    if (what === "rest") this.#rest();
    else if (what in this.#aside) this.#aside[what](current);
    else this.say(chosen, what);
  }

  #aside = {
    event: (chip) => this.asides.event(chip),
    box: (chip) => this.asides.box(chip),
    play: (chip) => this.asides.play(chip),
  };

  /** A chip's own button: about that chip alone. */
  #hand(chip, what) {
    this.grid.goTo(chip);
    this.say([chip], what);
  }

  /** No to every open chip that could be seen. */
  #rest() {
    const open = this.views.view.chips.filter(isOpen);
    if (!open.length) return this.views.next();
    const hidden = open.filter((chip) => !chip.shown).length;
    if (hidden) toast(`${plural(hidden, "picture")} could not be seen: still open (u: can’t tell, l: later).`);
    const seen = open.filter((chip) => chip.shown && Date.now() - chip.shown > SEEN);
    if (seen.length) this.say(seen, "no");
  }

  #show() {
    if (!this.views.view) return this.#wait({ why: null });
    this.note.hidden = true;
    this.grid.show(this.views.view.chips);
    this.#refresh();
  }

  #refresh() {
    this.grid.refresh();
    const { title, chips } = this.views.view ?? { chips: [] };
    const done = `${chips.filter((chip) => !isOpen(chip)).length} of ${chips.length}`;
    this.progress.textContent = [title, done, title && "Esc: back"].filter(Boolean).join(" · ");
  }

  #came({ view }) {
    preload(view.chips, this.grid.pixels).then(() => this.views.seen());
    this.tally.left(this.views.left);
  }

  #wait({ why, status }) {
    this.tally.left(this.views.left);
    if (this.views.view?.chips.some(isOpen)) return; // there is something to do meanwhile
    this.note.hidden = false;
    clear(this.note).append(...waiting(why, status, this.concept));
  }

  #kept({ act, reply }) {
    if (reply.standing) this.#stands(reply.standing);
    if (act.kind === "events") toast(`${plural(reply.answered.length, "answer")} kept; what lies between follows.`);
    const late = reply.late?.length;
    if (late) toast(`${plural(late, "answer")} came after the time for the batch ran out: kept all the same.`);
  }

  #stands(standing) {
    this.views.left = standing.left;
    this.tally.stands(standing);
  }

  async #count() {
    const { concepts } = await get("/api/concepts", { signal: this.signal });
    const found = concepts.find(({ name }) => name === this.concept);
    if (found) this.tally.stands(found);
  }
}
