// What a person said, until the server says that it is kept: one after the other, tried again, never dropped unseen.

import { concept, post } from "./api.js";
import { chipOf } from "./moments.js";

const PATIENCE = [1, 2, 4, 8, 15]; // seconds before the next try
const TIMEOUT = 20_000; // milliseconds without a reply are a lost connection
const FINAL = new Set([400, 403, 404, 413, 422]); // the same act would be refused again

/**
 * An act is `{concept, kind: "answers" | "events" | "undo", body, undoes?}`. Answers repeated change nothing on the
 * server; an undo repeated would take back one act more, so an undo whose reply was lost looks first (`undoes`:
 * `{item, value}` that it takes back). Acts wait in this browser's storage, one list a tab, and so outlive a crash.
 *
 * Events: "change"; "kept" with `{act, reply}`; "refused" with `{act, message}`.
 */
export class Queue extends EventTarget {
  #acts = [];
  #owner = null; // {prefix, key} in the storage
  #busy = false;
  #timer = 0;
  #made = 0;
  refused = []; // [{act, message}]: what the server will not take
  trouble = null; // {message, until}: why it is not saved yet, and when it is tried again

  /** Takes up what this tab, or one that was closed, had not saved. */
  open({ name, project }) {
    const prefix = `raravis.unsaved.${project ?? ""}.${name}.`;
    if (this.#owner?.prefix !== prefix) {
      this.#owner = { prefix, key: prefix + tab() };
      this.#acts = left(prefix).flatMap(taken);
      this.#changed();
    }
    this.retry();
  }

  /** How many acts are not kept yet. */
  get waiting() {
    return this.#acts.length;
  }

  /** How many answers these are. */
  get answers() {
    return count(this.#acts);
  }

  /** The acts on a concept that are not kept yet, oldest first. */
  pending(name) {
    return this.#acts.filter((act) => act.concept === name);
  }

  /** Its id, for `withdraw`. */
  add(act) {
    const id = `${tab()}-${Date.now()}-${++this.#made}`;
    this.#acts.push({ ...act, id, tried: 0 });
    this.#changed();
    this.#work();
    return id;
  }

  /** Whether the act had never left, and now will not. */
  withdraw(id) {
    const at = this.#acts.findIndex((act) => act.id === id && !act.tried);
    if (at < 0) return false;
    this.#acts.splice(at, 1);
    this.#changed();
    return true;
  }

  /** Tries now what waits. */
  retry() {
    clearTimeout(this.#timer);
    this.#work();
  }

  /** Sends once more what was refused, or with `false` lets it go. */
  settle(again) {
    if (again) this.#acts.push(...this.refused.map(({ act }) => ({ ...act, again: true })));
    this.refused = [];
    this.#changed();
    this.#work();
  }

  /** Resolves when nothing waits. */
  async quiet() {
    while (this.#acts.length) await new Promise((done) => this.addEventListener("change", done, { once: true }));
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#acts.length && (await this.#first())) this.trouble = null;
    this.#busy = false;
    if (!this.#acts.length) this.trouble = null;
    this.#changed();
  }

  async #first() {
    const act = this.#acts[0];
    try {
      this.#done(act, "kept", { act, reply: await this.#sent(act) });
      return true;
    } catch (error) {
      return this.#failed(act, error);
    }
  }

  async #sent(act) {
    const tried = act.tried++;
    this.#keep();
    if (act.kind === "undo" && tried && (await gone(act))) return { items: [], unsure: !act.undoes };
    return post(`${concept(act.concept)}/${act.kind}`, act.body, { signal: AbortSignal.timeout(TIMEOUT) });
  }

  #failed(act, error) {
    if (error.status === undefined) console.error(error);
    if (FINAL.has(error.status)) {
      this.refused.push({ act, message: error.message });
      this.#done(act, "refused", { act, message: error.message });
      return true;
    }
    const seconds = PATIENCE[Math.min(act.tried - 1, PATIENCE.length - 1)];
    this.trouble = { message: error.message, until: Date.now() + seconds * 1000 };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#work(), seconds * 1000);
    return false;
  }

  #done(act, kind, detail) {
    this.#acts.splice(this.#acts.indexOf(act), 1);
    this.dispatchEvent(new CustomEvent(kind, { detail }));
    this.#changed();
  }

  #changed() {
    this.#keep();
    this.dispatchEvent(new Event("change"));
  }

  #keep() {
    const all = [...this.#acts, ...this.refused.map(({ act }) => act)];
    const { key } = this.#owner;
    stored(() => (all.length ? localStorage.setItem(key, JSON.stringify(all)) : localStorage.removeItem(key)));
  }
}

/** Answers in acts: an event, or an undo, is one. */
export function count(acts) {
  return acts.reduce((sum, { body }) => sum + (body.answers?.length ?? 1), 0);
}

/** Whether what an undo takes back stands no more. */
async function gone({ concept: name, undoes }) {
  if (!undoes) return true; // nobody knows what it meant: better one undo too few
  return (await chipOf(name, undoes.item))?.value !== undoes.value;
}

function left(prefix) {
  return stored(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix))) ?? [];
}

function taken(key) {
  const acts = stored(() => JSON.parse(localStorage.getItem(key))) ?? [];
  stored(() => localStorage.removeItem(key));
  return acts;
}

/** A name for this tab, the same after a reload. */
function tab() {
  const made = () => Math.random().toString(36).slice(2, 10);
  return stored(() => (sessionStorage["raravis.tab"] ??= made())) ?? "tab";
}

/** What `fn` gives, or null where the browser allows no storage: then the queue lives in memory alone. */
function stored(fn) {
  try {
    return fn();
  } catch {
    return null;
  }
}

export const queue = new Queue();
window.addEventListener("online", () => queue.retry());
window.addEventListener("beforeunload", (event) => queue.waiting && event.preventDefault());
