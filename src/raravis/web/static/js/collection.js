// The collection at a glance: what is in it, how far it is read, what failed and why, and a folder more.

import { del, get } from "./api.js";
import { clear, count, h, percent, plural, toast } from "./dom.js";
import { chooseFolder } from "./folder.js";
import { seldom } from "./seldom.js";

const STAGES = { ingest: "Files read", sample: "Moments chosen", detect: "Regions found", embed: "Described" };
const UNITS = { ingest: "", sample: " files", detect: " files", embed: " items" };
const DOING = { ingest: "Reading files", sample: "Choosing moments", detect: "Finding regions", embed: "Describing what is seen" };
const GLANCE = 8000; // milliseconds between glances while files are described
const UNDER_WAY = new Set(["running", "stopping"]);
const ENDED = { stopping: "Stopping…", stopped: "Stopped: add the folder again to go on from there", failed: "It did not finish" };
const STEPS = ["Add a folder", "Show what you seek: a picture, a box on a frame, or words", "Answer yes or no; each answer makes the next question better"];
const READS = {
  texts: "You can search with pictures and with words.",
  names: "You can search with pictures and with names of things.",
  nothing: "You can search with pictures.",
};

/**
 * `told` is the newest GET /api/collection; `onchange(told)` is called after each. `element` is all of it; `bar`, the
 * job under way, is a part of that, or with `whole: false` stands alone.
 */
export class Collection {
  told = null;

  constructor({ session, signal, live, onchange, whole = true }) {
    Object.assign(this, { session, signal, onchange, whole });
    this.element = h("section", { class: "collection", "aria-label": "Collection" });
    this.bar = h("div", { class: "job card", hidden: true });
    this.glance = seldom(() => this.refresh(), GLANCE, signal);
    live.on("job", (job) => this.#job(job), { signal });
    for (const kind of ["collection", "hello"]) live.on(kind, () => this.refresh().catch(() => null), { signal });
  }

  async refresh() {
    this.told = await get("/api/collection", { signal: this.signal });
    if (this.whole) this.#draw();
    this.#progress(this.told.job);
    this.onchange(this.told);
  }

  /** Items that can be searched already. */
  get ready() {
    return this.told?.stages.find(({ stage, in_use: now }) => stage === "embed" && now)?.done ?? 0;
  }

  get running() {
    return UNDER_WAY.has(this.told?.job?.state);
  }

  #draw() {
    const { collection, stages } = this.told;
    const open = this.element.querySelector("details")?.open ?? false;
    clear(this.element);
    if (!collection.sources) return this.element.append(this.#first(), this.bar);
    this.element.append(this.#line(), h("div", { class: "stages" }, latest(stages).map(stage)), this.bar, failures(this.told, open) ?? "");
  }

  #first() {
    if (this.running) return h("div", {}, h("h1", { text: "Reading your folder" }), h("p", { class: "soft", text: "You can say what you seek while it is read." }));
    return h("div", { class: "empty first" }, h("h1", { text: "Find the rare thing in your footage" }),
      h("p", { text: "Begin with the folder that holds your videos or pictures. It is read where it lies: nothing is copied, nothing leaves this machine." }),
      this.#may() ? this.#add("primary large") : h("p", { text: "Somebody with the role admin adds it." }),
      h("ol", { class: "steps soft" }, STEPS.map((text) => h("li", { text }))));
  }

  #line() {
    const { collection, project, encoder } = this.told;
    const name = project.split(/[\\/]/).filter(Boolean).at(-1);
    return h("div", { class: "row wrap" },
      h("h1", { text: "Collection", title: name }), h("p", { class: "soft", text: holdings(collection) }),
      encoder ? h("p", { class: "soft small", title: encoder.spec, text: READS[encoder.reads] }) : null,
      this.#may() ? h("span", { class: "spread" }, this.#add("")) : null);
  }

  #may() {
    return this.session.role === "admin" && this.told.roots.length > 0;
  }

  #add(style) {
    const choose = async () => {
      if (await chooseFolder(this.told.roots)) this.#anew(); // where nothing is new it is over before it is told of
    };
    return h("button", { class: style, onclick: choose, disabled: this.running, text: "Add a folder…" });
  }

  #job(job) {
    if (!this.told) return;
    const was = this.running;
    this.told.job = job;
    this.#progress(job);
    if (job.stage === "embed" && this.running) this.glance();
    if (was !== this.running) this.#anew();
  }

  #anew() {
    this.refresh().catch((error) => error.name === "AbortError" || toast(error.message, { kind: "error" }));
  }

  #progress(job) {
    this.bar.hidden = !job || job.state === "done";
    if (this.bar.hidden) return;
    const { state, stage: doing, done, total, error, notes } = job;
    const words = ENDED[state] ?? DOING[doing] ?? (doing || "Beginning…");
    clear(this.bar).append(h("div", { class: "row" }, h("b", { text: words }),
      h("span", { class: "soft", text: total ? `${count(done)} of ${count(total)}` : "" }), state === "running" && this.#may() ? this.#stop() : null));
    if (this.running) this.bar.append(h("progress", { "aria-label": words, ...(total && { value: done / total }) }));
    if (error) this.bar.append(h("p", { class: "wrong", role: "alert", text: error }));
    if (notes?.length) this.bar.append(h("p", { class: "soft small", text: notes.at(-1) }));
  }

  #stop() {
    const stop = () => del("/api/jobs").catch((error) => toast(error.message, { kind: "error" }));
    return h("button", { class: "quiet spread", onclick: stop, text: "Stop" });
  }
}

/** Of stages that were run with several settings, those now in use, else the last. */
function latest(stages) {
  const shown = stages.filter((each) => each.stage in STAGES && each.in_use !== false);
  return Object.values(Object.fromEntries(shown.map((each) => [each.stage, each])));
}

function stage({ stage: name, done, failed, skipped, waiting = 0 }) {
  const total = done + failed + waiting;
  const label = STAGES[name];
  const rest = [failed && `${count(failed)} failed`, skipped && `${count(skipped)} skipped`].filter(Boolean).join(", ");
  return h("div", { class: "stage-bar" }, h("span", { class: "small", text: label }),
    h("progress", { value: total ? done / total : 0, "aria-label": `${label}: ${percent(total ? done / total : 0)}` }),
    h("span", { class: "small soft" }, `${waiting ? `${count(done)} of ${count(total)}` : count(done)}${UNITS[name]}`, rest ? h("span", { class: failed ? "bad" : "", text: `, ${rest}` }) : null));
}

function holdings({ videos, images, frame_folders: folders, hours, items }) {
  const parts = [videos && `${plural(videos, "video")} (${long(hours)})`, images && plural(images, "picture"), folders && plural(folders, "folder of frames", "folders of frames")];
  return [...parts.filter(Boolean), `${plural(items, "item")} to search`].join(" · ");
}

const long = (hours) => (hours < 1 ? `${Math.max(1, Math.round(hours * 60))} min` : `${hours.toFixed(hours < 10 ? 1 : 0)} h`);

function failures({ failures: list, stages }, open) {
  const sum = (key) => stages.reduce((all, each) => all + each[key], 0);
  const [failed, skipped] = [sum("failed"), sum("skipped")];
  if (!list.length) return null;
  const told = [failed && `${count(failed)} failed`, skipped && `${count(skipped)} skipped`].filter(Boolean).join(", ");
  const more = failed + skipped - list.length;
  return h("details", { class: "failures", open }, h("summary", { text: `${told}: which, and why` }),
    h("ul", { class: "small" }, list.map(failure)), more > 0 ? h("p", { class: "soft small", text: `and ${count(more)} more` }) : null);
}

function failure({ subject, reason }) {
  const [, named] = /^\d+$/.test(subject) ? (reason.match(/^(.+?): /) ?? []) : []; // an item has no name of its own
  const what = named ?? subject;
  const why = reason.startsWith(`${what}: `) ? reason.slice(what.length + 2) : reason;
  return h("li", {}, h("b", { text: what }), h("span", { class: "soft", text: `  ${why}` }));
}
