// All keys, on one card.

import { dialogOf, show } from "./dialog.js";
import { h } from "./dom.js";

const GROUPS = [
  [
    "Answer",
    [
      ["y", "yes, it is in the picture"],
      ["n", "no"],
      ["u", "can’t tell"],
      ["l", "later: give it back for now"],
      ["Enter", "all the rest: no"],
      ["Y", "the whole event, from first yes to last"],
      ["z", "undo, as often as you like"],
    ],
  ],
  [
    "Move",
    [
      ["← ↑ → ↓", "from chip to chip"],
      ["Shift + arrows", "choose a block; y, n, u and l then mean all of it"],
      ["Page Up, Page Down", "earlier batches, and back"],
    ],
  ],
  [
    "Look",
    [
      ["Space", "what lies before and after"],
      ["[ ]", "wider, narrower context"],
      ["p", "play this moment"],
      ["mouse over a chip", "goes through the frames around it"],
    ],
  ],
  [
    "Seek",
    [
      ["b", "draw a box: a yes with its place, or an example"],
      ["/", "search by words"],
      ["Esc", "back to what is asked"],
    ],
  ],
];

/** Shows the card until it is closed. */
export function help() {
  const group = ([title, lines]) => h("section", {}, h("h3", { text: title }), h("dl", {}, lines.map(line)));
  show(dialogOf("help", "Keys", GROUPS.map(group)));
}

function line([key, meaning]) {
  return [h("dt", {}, h("kbd", { text: key })), h("dd", { text: meaning })];
}
