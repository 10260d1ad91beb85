// The search of words: what fits them best, as a view that is answered like any other.

import { concept, get, post } from "./api.js";
import { dialogOf, show } from "./dialog.js";
import { clear, h } from "./dom.js";

const MOST = 48; // chips

/**
 * `{chips, words}`, or null when it was left. It is there at once, for whoever presses "/" types on; that the encoder
 * reads no words is told when it is known.
 */
export function findDialog(name) {
  return new Promise((resolve) => new FindDialog(name, resolve).open());
}

class FindDialog {
  #result = null;

  constructor(name, resolve) {
    this.name = name;
    this.words = h("input", {
      type: "search",
      id: "find-words",
      placeholder: "what it looks like, in words",
      autocomplete: "off",
      maxlength: 200,
    });
    this.wrong = h("p", { class: "wrong", role: "alert" });
    const body = form(this.words, this.wrong, (event) => this.#search(event));
    this.dialog = dialogOf("finding", "Search by words", body);
    this.dialog.addEventListener("close", () => resolve(this.#result));
  }

  async open() {
    show(this.dialog);
    this.words.focus();
    const { encoder } = await get("/api/collection").catch(() => ({}));
    if (encoder?.reads === "nothing") clear(this.dialog.querySelector(".body")).append(wordless());
    if (encoder?.reads === "names") this.words.placeholder = "the name of a thing, such as kite";
  }

  async #search(event) {
    event.preventDefault();
    const words = this.words.value.trim();
    if (!words) return;
    this.wrong.textContent = "";
    try {
      const { chips } = await post(`${concept(this.name)}/search`, { k: MOST, text: [words], text_not: [] });
      this.#result = { chips, words };
      this.dialog.close();
    } catch (error) {
      this.wrong.textContent = error.message;
    }
  }
}

function form(words, wrong, go) {
  return h(
    "form",
    { class: "stack", onsubmit: go },
    h("label", { for: "find-words", class: "soft", text: "The best matches come as a grid to answer." }),
    h("div", { class: "row" }, words, h("button", { class: "primary", text: "Search" })),
    wrong,
  );
}

function wordless() {
  return h(
    "p",
    {},
    "The encoder of this collection reads no words. Search by picture instead: press ",
    h("kbd", { text: "b" }),
    " on a chip, draw a box around what you seek, and choose “More like this”.",
  );
}
