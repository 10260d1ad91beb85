// A mouse moved over a chip goes through its neighbours in time.

import { thumb } from "./chip.js";
import { offset, strip } from "./strip.js";

const DWELL = 250; // milliseconds before neighbours are fetched: passing by costs nothing
const N = 11;

/** Makes a chip's picture follow the mouse through the frames around it. */
export function scrub(element, chip, { concept }) {
  const well = element.querySelector(".well");
  const state = { timer: 0, chips: null, inside: false };
  well.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && arm(chip, state, concept));
  well.addEventListener("pointermove", (event) => state.chips && peek(well, chip, state, event));
  well.addEventListener("pointerleave", () => rest(well, state));
}

function arm(chip, state, concept) {
  state.inside = true;
  state.timer = setTimeout(async () => {
    const { chips } = await strip(chip.item, concept, N).catch(() => ({ chips: [] }));
    if (!state.inside || chips.length < 2) return;
    state.chips = chips;
    for (const other of chips) new Image().src = thumb(other);
  }, DWELL);
}

function peek(well, chip, state, event) {
  const img = picture(well);
  if (!img) return;
  const { left, width } = well.getBoundingClientRect();
  const last = state.chips.length - 1;
  const at = Math.max(0, Math.min(last, Math.floor(((event.clientX - left) / width) * (last + 1))));
  const other = state.chips[at];
  put(img, other.item === chip.item ? img.dataset.own : thumb(other));
  tell(well.querySelector(".when"), other, chip, at / last);
}

/** The chip's picture; none where it did not come. */
function picture(well) {
  return well.querySelector("img[data-own]");
}

function put(img, src) {
  if (img.getAttribute("src") !== src) img.src = src;
}

function tell(when, other, chip, share) {
  when.hidden = other.item === chip.item;
  when.textContent = offset(other, chip);
  when.style.setProperty("--at", share);
}

function rest(well, state) {
  clearTimeout(state.timer);
  Object.assign(state, { inside: false, chips: null });
  const img = picture(well);
  if (img) put(img, img.dataset.own);
  well.querySelector(".when").hidden = true;
}
