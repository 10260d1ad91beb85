// A folder chosen by looking, not by typing; adding it begins a job.

import { get, post } from "./api.js";
import { clear, h, plural } from "./dom.js";

const SAMPLES = [
  ["keyframes", "Key frames: quick, about one look each second or two"], ["every:1", "Every second"], ["every:0.2", "Five each second: for what is gone at once"],
  ["change", "Where something changes: for cameras that stand still"]];
const DETECTS = [["whole", "The whole frame"], ["tiles:2", "The frame and its quarters: for what is small"], ["tiles:3", "The frame and its ninths: for what is tiny"]];

/** Whether a folder was added. */
export function chooseFolder(roots) {
  return new Promise((resolve) => new Chooser(roots, resolve).open());
}

class Chooser {
  #root = 0;
  #path = [];
  #turn = 0;
  #added = false;

  constructor(roots, resolve) {
    this.roots = roots;
    this.crumbs = h("nav", { class: "crumbs row wrap", "aria-label": "Where" });
    this.list = h("ul", { class: "folders", "aria-label": "Folders" });
    this.wrong = h("p", { class: "wrong", role: "alert" });
    this.add = h("button", { class: "primary", onclick: () => this.#begin() });
    this.sample = choice("How often to look", SAMPLES);
    this.detect = choice("Where in the frame to look", DETECTS);
    this.dialog = this.#dialog();
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      resolve(this.#added);
    });
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.#enter(0, []);
  }

  #dialog() {
    const cancel = h("button", { class: "spread", onclick: () => this.dialog.close(), text: "Cancel" });
    return h("dialog", { class: "chooser", "aria-label": "Add a folder" },
      h("header", {}, h("h2", { text: "Add a folder of videos or pictures" })),
      h("div", { class: "body stack" }, this.crumbs, this.list,
        h("p", { class: "soft small", text: "A folder that is not here: start raravis serve with --root FOLDER." }),
        h("details", {}, h("summary", { text: "How closely to look" }), h("div", { class: "stack" }, this.sample.element, this.detect.element)), this.wrong),
      h("footer", {}, cancel, this.add));
  }

  async #enter(root, path) {
    const turn = ++this.#turn;
    this.wrong.textContent = "";
    try {
      const told = await get(`/api/folders?root=${root}&path=${encodeURIComponent(path.join("/"))}`);
      if (turn !== this.#turn) return;
      this.#root = root;
      this.#path = path;
      this.#draw(told);
    } catch (error) {
      this.wrong.textContent = error.message;
    }
  }

  #draw({ folders, media }) {
    clear(this.crumbs).append(...this.#trail());
    clear(this.list).append(...folders.map((name) => this.#folder(name)));
    if (!folders.length) this.list.append(h("li", { class: "soft", text: media ? "No folders below this one." : "Nothing here." }));
    const here = this.#path.at(-1) ?? this.roots[this.#root];
    this.add.disabled = !media;
    this.add.textContent = media ? `Add “${here}” (${plural(media, "file")})` : "No videos or pictures here";
    (this.list.querySelector("button") ?? this.add).focus();
  }

  #folder(name) {
    return h("li", {}, h("button", { class: "quiet", onclick: () => this.#enter(this.#root, [...this.#path, name]) }, h("span", { text: name }), h("span", { class: "soft", text: "›" })));
  }

  #trail() {
    const root = this.roots.length > 1 ? this.#switch() : this.#crumb(this.roots[0], []);
    return [root, ...this.#path.flatMap((name, i) => [h("span", { class: "soft", text: "/" }), this.#crumb(name, this.#path.slice(0, i + 1))])];
  }

  #crumb(name, path) {
    const here = path.length === this.#path.length;
    return h("button", { class: "quiet", "aria-current": here ? "location" : null, onclick: () => this.#enter(this.#root, path), text: name });
  }

  #switch() {
    const options = this.roots.map((name, i) => h("option", { value: i, text: name, selected: i === this.#root }));
    return h("select", { "aria-label": "Begin at", onchange: (event) => this.#enter(Number(event.target.value), []) }, options);
  }

  async #begin() {
    this.add.disabled = true;
    this.wrong.textContent = "";
    try {
      const body = { root: this.#root, path: this.#path.join("/"), sample: this.sample.select.value, detect: this.detect.select.value };
      await post("/api/jobs", body);
      this.#added = true;
      this.dialog.close();
    } catch (error) {
      this.wrong.textContent = error.message;
    }
    this.add.disabled = false;
  }
}

function choice(words, options) {
  const select = h("select", {}, options.map(([value, text]) => h("option", { value, text })));
  return { select, element: h("label", { class: "field" }, h("span", { class: "small soft", text: words }), select) };
}
