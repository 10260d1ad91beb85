// The batches on the table: which there are, what was said of their chips, and how it is taken back.

import { concept, get } from "./api.js";
import { isOpen } from "./chip.js";
import { chipOf } from "./moments.js";
import { Pace } from "./pace.js";
import { queue } from "./queue.js";
import { Supply } from "./supply.js";

const KEPT = 300; // views that can be gone back to
const MOST = 24; // chips of an act that are shown when it is taken back after a reload

/**
 * A view is `{chips, until}`, a batch; or `{chips, title}`, what was found by words or taken back. One is shown,
 * `here`. Events: "view" when another is to be shown; "said" when answers changed; "focus" with `{chip}`; "came" with
 * `{view}`; "waiting" with `{why, status}` when nothing is open; "kept" with `{act, reply}`; "nothing" when no act is
 * left to undo, `{unsure}` when nobody can say.
 */
export class Views extends EventTarget {
  list = [];
  here = 0;
  left = null; // answers left of the budget
  #opening = false; // while it is not known what this person has open
  #acts = []; // what this page said, newest last: {id, kind, before: [{chip, value, by, later}]}

  constructor(name, { me, size, signal }) {
    super();
    Object.assign(this, { name, me, size, signal });
    this.supply = new Supply(name, {
      size,
      signal,
      came: (batch) => this.#came(batch),
      none: (told) => this.#none(told),
      more: () => this.ahead(),
      knows: (item) => this.chips.some((chip) => chip.item === item),
    });
    this.pace = new Pace({ late: () => this.ahead(), signal });
    queue.addEventListener("change", () => !queue.waiting && this.ahead(), { signal });
    queue.addEventListener("refused", ({ detail }) => this.#refused(detail), { signal });
    queue.addEventListener("kept", ({ detail }) => this.#kept(detail), { signal });
  }

  get view() {
    return this.list[this.here] ?? null;
  }

  get chips() {
    return this.list.flatMap((view) => view.chips);
  }

  /** The batches that this person has open on the server; asks for one where there is none. */
  async open() {
    this.#opening = true;
    try {
      await this.#lay();
    } finally {
      this.#opening = false;
    }
    this.ahead();
  }

  async #lay() {
    const before = queue.pending(this.name); // what is kept while the reply comes may not be in it
    const { batches } = await get(`${concept(this.name)}/batches`, { signal: this.signal });
    this.list.push(...batches.filter((batch) => batch.chips.length));
    this.left = batches.at(-1)?.left ?? null;
    this.#overlay(before);
    this.here = -1; // before the first
    if (this.chips.some(isOpen)) this.next();
  }

  /** The pictures of a batch are there; what that took counts when all that was said is kept, for that is waited for. */
  async seen() {
    await queue.quiet();
    this.pace.seen();
  }

  /** After a long absence: batches whose time ran out may be others' by now, and are asked for anew. */
  async renew() {
    const over = (view) => view.until * 1000 < Date.now() && view.chips.some(isOpen);
    if (queue.waiting || !this.list.some(over)) return;
    this.list = this.list.filter((view) => view.title || !view.chips.some(isOpen));
    await this.open();
  }

  /**
   * Asks for the next batch: while batches come quickly, when nothing is open and all that was said is kept, so that it
   * is chosen by the last answer too; else when a third or less is open, so that nobody waits.
   */
  ahead() {
    if (this.#opening) return; // it asks itself, once it knows
    const open = this.chips.filter(isOpen).length;
    if (open > (this.pace.quick ? 0 : this.size() / 3)) return this.pace.unwanted();
    this.pace.wanted();
    if (this.pace.quick && queue.waiting) return; // the queue tells when it is kept, the pace when that takes long
    this.pace.asked();
    this.supply.ask(this.chips.filter((chip) => chip.later && !chip.given));
  }

  /** Says `value` of chips: shown at once, sent by the queue. A box goes with the one chip that it is drawn on. */
  answer(chips, value, { box = null } = {}) {
    const meant = chips.filter((chip) => box || chip.value !== value || chip.by !== this.me);
    if (!meant.length) return;
    this.#act("answers", meant, { answers: meant.map(({ item, round }) => ({ item, round, value, box })) }, value);
  }

  /** Says that an event runs from the first item of a strip to the last. */
  event(chip, from, to) {
    this.#act("events", [chip], { from, to, asked: chip.item, round: chip.round }, 1);
  }

  /** Lays chips aside: they go back with the next batch that is asked for. */
  later(chips) {
    this.#acts.push({ kind: "later", before: chips.map(memory) });
    for (const chip of chips) chip.later = true;
    this.#said();
  }

  /** Takes back the newest act: this page's own at once, an earlier one by asking the server which it is. */
  undo() {
    const act = this.#acts.pop();
    if (!act) return void queue.add({ concept: this.name, kind: "undo", body: {} });
    const [{ chip }] = act.before;
    const undoes = { item: chip.item, value: chip.value };
    this.#restore(act.before);
    if (act.kind !== "later" && !queue.withdraw(act.id))
      queue.add({ concept: this.name, kind: "undo", body: {}, undoes });
    this.#goTo(chip);
  }

  /** Puts views after the one shown, and shows the first of them. */
  insert(...views) {
    this.list.splice(this.here + 1, 0, ...views);
    this.show(this.list.indexOf(views[0]));
  }

  /** Drops the views with a title, and goes back to what is asked. */
  back() {
    this.list = this.list.filter((view) => !view.title);
    this.next();
  }

  show(at) {
    this.here = Math.max(0, Math.min(at, this.list.length - 1));
    this.#tell("view");
  }

  /** Shows the next view with an open chip; where there is none, says that one is waited for. */
  next() {
    const open = [...this.list.keys()].filter((at) => this.list[at].chips.some(isOpen));
    const at = open.find((one) => one > this.here) ?? open[0];
    if (at === undefined) this.#tell("waiting", { why: null });
    else this.show(at);
    this.ahead();
  }

  #came({ chips, until, left }) {
    if (left !== undefined) this.left = left;
    const view = { chips, until };
    const idle = !this.view?.chips.some(isOpen);
    this.list.push(view);
    if (this.list.length > KEPT) this.#forget();
    this.#overlay();
    this.#tell("came", { view });
    if (idle) this.next();
  }

  #none({ left, ...told }) {
    this.pace.none();
    if (left !== undefined) this.left = left;
    this.#tell("waiting", told);
  }

  #forget() {
    const gone = new Set(this.list.shift().chips);
    this.#acts = this.#acts.filter((act) => !act.before.some(({ chip }) => gone.has(chip)));
    this.here = Math.max(0, this.here - 1);
  }

  #act(kind, chips, body, value) {
    const before = chips.map(memory);
    for (const chip of this.#with(chips)) Object.assign(chip, { value, by: this.me, later: false });
    this.#acts.push({ id: queue.add({ concept: this.name, kind, body }), kind, before });
    this.#said();
  }

  /** These chips, and the same items in other views: a search may show what a batch holds too. */
  #with(chips) {
    const ids = new Set(chips.map(({ item }) => item));
    return new Set([...chips, ...this.chips.filter((chip) => ids.has(chip.item))]);
  }

  #restore(before) {
    for (const { chip, ...was } of before) for (const one of this.#with([chip])) Object.assign(one, was);
    this.#said();
  }

  #goTo(chip) {
    const at = this.list.findIndex((view) => view.chips.some(({ item }) => item === chip.item));
    if (at >= 0) this.show(at);
    else this.insert({ title: "Taken back", chips: [chip] });
    this.#tell("focus", { chip });
  }

  #refused({ act }) {
    const mine = this.#acts.find(({ id }) => id && id === act.id);
    if (!mine) return;
    this.#acts = this.#acts.filter((each) => each !== mine);
    this.#restore(mine.before);
  }

  #kept({ act, reply }) {
    if (act.concept !== this.name) return;
    if (act.kind === "events") this.#stands(reply.answered);
    if (act.kind === "answers" && act.again) this.#stands(act.body.answers);
    if (act.kind === "undo") this.#undone(act, reply);
    this.#tell("kept", { act, reply });
  }

  /** Brings chips up to what the server says, but for those about which more is under way. */
  #stands(told) {
    const under = new Set(queue.pending(this.name).flatMap((act) => (act.body.answers ?? []).map(({ item }) => item)));
    const values = new Map(told.filter(({ item }) => !under.has(item)).map(({ item, value }) => [item, value]));
    for (const chip of this.chips)
      if (values.has(chip.item)) Object.assign(chip, { value: values.get(chip.item), by: this.me, later: false });
    this.#said();
  }

  async #undone(act, { items, unsure }) {
    this.#stands(items);
    if (act.undoes) return;
    if (!items.length) return this.#tell("nothing", { unsure });
    const chip = this.chips.find((one) => one.item === items[0].item);
    if (chip) return this.#goTo(chip);
    const chips = await Promise.all(items.slice(0, MOST).map(({ item }) => chipOf(this.name, item)));
    this.insert({ title: "Taken back", chips });
  }

  /** What was said and is, or was `before`, under way counts already: after a reload, too. */
  #overlay(before = []) {
    const values = new Map(
      [...before, ...queue.pending(this.name)]
        .flatMap((act) => act.body.answers ?? [])
        .map(({ item, value }) => [item, value]),
    );
    for (const chip of this.chips)
      if (values.has(chip.item)) Object.assign(chip, { value: values.get(chip.item), by: this.me });
  }

  #said() {
    this.#tell("said");
    this.ahead();
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

function memory(chip) {
  return { chip, value: chip.value, by: chip.by, later: chip.later };
}
