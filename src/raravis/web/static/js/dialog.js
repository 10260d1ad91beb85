// A dialog: a title, a way out, and whatever is asked.

import { h } from "./dom.js";

/** The element, not open yet; once closed it is gone from the page. `foot`: what stands in its last line. */
export function dialogOf(kind, title, body, foot = null) {
  const close = h("button", { class: "quiet icon", "aria-label": "Close", onclick: () => dialog.close(), text: "×" });
  const head = h("header", {}, h("h2", { text: title }), close);
  const parts = [head, h("div", { class: "body" }, body), foot && h("footer", {}, foot)];
  const dialog = h("dialog", { class: kind, "aria-label": title, onclose: () => dialog.remove() }, parts);
  return dialog;
}

/** Opens it over the page, which rests meanwhile. */
export function show(dialog) {
  document.body.append(dialog);
  dialog.showModal();
}
