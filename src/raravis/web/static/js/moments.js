// From an item to the moment of a source that it is.

import { get } from "./api.js";
import { clock } from "./dom.js";
import { play } from "./player.js";

/** The chip of an item, with its source, box and newest answer. */
export async function chipOf(name, item, { signal } = {}) {
  const { chips, at } = await get(`/api/items/${item}/strip?n=5&concept=${encodeURIComponent(name)}`, { signal });
  return chips[at];
}

/** Plays what a chip shows; `answer` as the player takes it. */
export function playChip(chip, { answer } = {}) {
  const { source, seconds, end_seconds: to, box, value } = chip;
  const title = source.kind === "image" ? source.name : `${source.name} at ${clock(seconds)}`;
  return play({ source: source.id, title, seconds, from: seconds, to: Math.max(to, seconds), box }, { answer, value });
}
