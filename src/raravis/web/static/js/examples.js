// What the thing sought looks like: pictures dropped, pasted or chosen, words, and what it is not.

import { concept, del, get, post, upload } from "./api.js";
import { clear, h, icon, toast } from "./dom.js";

const WORDS = {
  texts: ["…or describe it in words", "a helicopter in the sky"],
  names: ["…or name what it is like", "warplane"],
};

/** The panel of `name`'s examples; `onchange(examples)` is called whenever they are others. */
export class Examples {
  list = [];

  constructor(name, { signal, onchange, may }) {
    Object.assign(this, { name, signal, onchange, may });
    this.rows = h("div", { class: "examples" });
    this.words = h("div");
    this.file = h("input", { type: "file", accept: "image/*", multiple: true, class: "unseen", tabindex: -1, "aria-hidden": "true", onchange: () => this.#chosen() });
    this.element = h("section", { class: "stack sought", "aria-label": "Examples" }, may ? [this.#drop(), this.file, this.words] : null, this.rows);
    if (may) this.#listen();
  }

  /** Whether words can be typed depends on the encoder: "texts", "names" or "nothing". */
  reads(what) {
    const [label, hint] = WORDS[what] ?? [];
    if (!this.may || this.words.dataset.reads === what) return;
    this.words.dataset.reads = what;
    clear(this.words).append(label ? this.#field(label, hint) : "");
  }

  async refresh() {
    this.list = (await get(`${concept(this.name)}/examples`, { signal: this.signal })).examples;
    this.#draw();
    this.onchange(this.list);
  }

  /** Adds an item, or a part of it, as an example of what is sought (1) or is not (-1). */
  async item(item, sign, box = null) {
    const error = await this.#changing(() => post(`${concept(this.name)}/examples`, { item, sign, ...(box && { box }) }));
    if (error) throw error;
  }

  #drop() {
    return h("button", { class: "drop", onclick: () => this.file.click() },
      h("b", { text: "Drop a picture of it here" }), h("span", { class: "soft small", text: "or click to choose, or paste one" }));
  }

  #listen() {
    const { signal } = this;
    const over = (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      document.body.classList.toggle("dropping", event.type === "dragover");
    };
    for (const kind of ["dragover", "dragleave"]) document.addEventListener(kind, over, { signal });
    document.addEventListener("drop", (event) => {
      over(event);
      this.#pictures(event.dataTransfer.files);
    }, { signal });
    document.addEventListener("paste", (event) => event.clipboardData.files.length && this.#pictures(event.clipboardData.files), { signal });
    signal.addEventListener("abort", () => document.body.classList.remove("dropping"));
  }

  async #chosen() {
    await this.#pictures(this.file.files);
    this.file.value = "";
  }

  async #pictures(files) {
    if (!files.length) return;
    await this.#changing(async () => {
      for (const file of files) {
        const address = `${concept(this.name)}/examples/picture?sign=1&name=${encodeURIComponent(file.name || "pasted")}`;
        await upload(address, file).catch((error) => toast(error.message, { kind: "error" }));
      }
    });
  }

  #field(label, placeholder) {
    const text = h("input", { type: "text", id: "words", placeholder, autocomplete: "off", maxlength: 300 });
    const wrong = h("p", { class: "wrong small", role: "alert" });
    const add = async (sign) => {
      const words = text.value.trim();
      wrong.textContent = "";
      if (!words) return text.focus();
      const error = await this.#changing(() => post(`${concept(this.name)}/examples`, { text: words, sign }));
      if (error) wrong.textContent = error.message;
      else text.value = "";
    };
    const enter = (event) => {
      event.preventDefault();
      add(1);
    };
    return h("form", { class: "words", onsubmit: enter }, h("label", { class: "small soft", for: "words", text: label }),
      h("div", { class: "row" }, text, h("button", { class: "icon", "aria-label": "It is like these words", title: "It is like this" }, "+"),
        h("button", { type: "button", class: "icon", "aria-label": "It is not like these words", title: "It is not like this", onclick: () => add(-1) }, "−")), wrong);
  }

  /** The error, where what `act` wants is refused; else what there is now is shown. */
  async #changing(act) {
    this.element.setAttribute("aria-busy", "true");
    try {
      await act();
      await this.refresh();
      return null;
    } catch (error) {
      return error;
    } finally {
      this.element.removeAttribute("aria-busy");
    }
  }

  #draw() {
    const groups = [["Like this", 1, "yes"], ["Not like this", -1, "no"]];
    clear(this.rows).append(...groups.map(([words, sign, name]) => this.#group(words, name, this.list.filter((each) => each.sign === sign))).filter(Boolean));
  }

  #group(words, name, list) {
    if (!list.length) return null;
    return h("div", { class: `group ${name}` }, h("h3", { class: "row" }, icon(name), words), h("ul", {}, list.map((each) => this.#example(each))));
  }

  #example({ id, name, picture }) {
    const remove = async () => {
      const error = await this.#changing(() => del(`${concept(this.name)}/examples/${id}`));
      if (error) toast(error.message, { kind: "error" });
    };
    const shown = picture ? h("img", { src: picture, alt: name, title: name }) : h("span", { class: "said", text: `“${name}”` });
    const cross = this.may ? h("button", { class: "quiet icon", "aria-label": `Remove ${name}`, title: "Remove", onclick: remove, text: "×" }) : null;
    return h("li", { class: picture ? "picture" : "text" }, shown, cross);
  }
}
