// One chip: a picture, how likely, where and when, why, and what was said of it.

import { clock, h, icon, percent, shortName } from "./dom.js";
import { reason, SAID, VALUES } from "./words.js";

/** Width of the picture that lies ready; wider ones are made from the file when they are asked for first. */
export const READY = 160;

/** The picture of a chip, 160, 320 or 640 pixels wide. An item's id does for a chip, but is asked about each time. */
export const thumb = (chip, w = 320) => picture(chip, "thumb", w);

/** Its whole frame: 640, 1280 or 1920. */
export const frame = (chip, w = 1280) => picture(chip, "frame", w);

function picture(chip, kind, w) {
  const { item, mark } = typeof chip === "object" ? chip : { item: chip };
  return `/media/items/${item}/${kind}.jpg?w=${w}${mark ? `&v=${mark}` : ""}`; // with the mark it is kept for good
}

/** "yes", "no", "unsure", "later", or null. */
export function said({ value, later }) {
  if (value !== null && value !== undefined) return VALUES[value];
  return later ? "later" : null;
}

/** Whether it still waits for an answer. */
export const isOpen = (chip) => said(chip) === null;

/** The element; `hands(chip, what)` is called for its small buttons. */
export function chipElement(chip, { w = 320, hands } = {}) {
  const element = h(
    "div",
    { class: "chip", role: "gridcell", id: `chip-${chip.item}`, tabindex: -1, dataset: { item: chip.item } },
    h(
      "div",
      { class: "well" },
      image(chip, w),
      chip.part && inset(chip),
      h("span", { class: "stamp" }),
      h("span", { class: "when", hidden: true }),
      hands && buttons(chip, hands),
    ),
    score(chip),
    caption(chip),
  );
  mark(element, chip);
  return element;
}

/** The picture that lies ready, and in its place one of `w` pixels once that is made; data-own is the best by now. */
function image(chip, w) {
  const own = thumb(chip, READY);
  const img = h("img", { alt: "", draggable: "false", decoding: "async", src: own, dataset: { own } });
  img.onload = () => seen(img, chip, w);
  img.onerror = () => missing(img, chip, w);
  return img;
}

function seen(img, chip, w) {
  img.onload = null;
  chip.shown ??= Date.now();
  if (chip.gone) return;
  const src = thumb(chip, w);
  Object.assign(new Image(), { onload: () => sharpen(img, src), src });
}

function sharpen(img, src) {
  const own = img.getAttribute("src") === img.dataset.own; // else the mouse shows another moment until it leaves
  img.dataset.own = src;
  if (own) img.src = src;
}

const INSET = 0.38; // of the chip's width, as in answer.css

/** What a whole frame is asked about for the sake of, where that makes it larger; left, or right of what lies left. */
function inset({ part, mark }) {
  const [x0, , x1] = part.box;
  if (INSET < 1.2 * (x1 - x0)) return null;
  const side = x0 + x1 < 1 ? "part right" : "part";
  return h("img", { class: side, alt: "", draggable: "false", src: thumb({ item: part.item, mark }, READY) });
}

/** A picture that did not come says why; one that may come later is fetched again by the grid. */
function missing(img, chip, w) {
  const why = chip.gone ?? "its picture did not load";
  img.replaceWith(h("p", { class: "missing", dataset: { retry: chip.gone ? "" : w } }, icon("no"), why));
}

/** Fetches again what did not load, once the server is back. */
export function reload(element, chip) {
  const note = element.querySelector(".missing");
  if (note?.dataset.retry) note.replaceWith(image(chip, Number(note.dataset.retry)));
}

function score({ score: share }) {
  if (share === null) return h("div", { class: "score none" });
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("div", { class: "score", title: `Score ${percent(share)}` }, h("i", { style: { width } }));
}

function caption(chip) {
  const { tag, why, marked } = reason(chip);
  return h(
    "div",
    { class: "caption" },
    h("span", { class: "name", title: chip.source.name, text: shortName(chip.source.name) }),
    moment(chip),
    tag ? h("span", { class: marked ? "tag marked" : "tag", title: why, text: tag }) : null,
  );
}

function moment({ source, seconds }) {
  return source.kind === "image" ? null : h("time", { text: clock(seconds) });
}

function buttons(chip, hands) {
  const one = (what) =>
    h(
      "button",
      { class: what, tabindex: -1, "aria-hidden": "true", title: SAID[what], onclick: (event) => press(event, what) },
      icon(what),
    );
  const press = (event, what) => {
    event.stopPropagation();
    hands(chip, what);
  };
  return h("div", { class: "hands" }, ["yes", "no", "unsure"].map(one));
}

/** Brings the element's frame, stamp and label up to what was said. */
export function mark(element, chip) {
  const what = said(chip);
  element.dataset.said = what ?? "";
  const stamp = element.querySelector(".stamp");
  stamp.replaceChildren(...(what ? [icon(what), SAID[what]] : []));
  element.setAttribute("aria-label", label(chip, what));
}

function label(chip, what) {
  const { tag } = reason(chip);
  const when = chip.source.kind === "image" ? "" : ` at ${clock(chip.seconds)}`;
  const parts = [shortName(chip.source.name) + when, chip.score === null ? null : `score ${percent(chip.score)}`, tag];
  return [...parts, chip.gone, what ? SAID[what] : "not answered"].filter(Boolean).join(", ");
}
