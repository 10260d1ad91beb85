// What opens over the answering page: a whole event, a box, a search of words, the player.

import { concept as at, post } from "./api.js";
import { boxDialog } from "./box.js";
import { frame } from "./chip.js";
import { toast } from "./dom.js";
import { eventDialog } from "./event.js";
import { findDialog } from "./find.js";
import { playChip } from "./moments.js";

const BOX_ACTIONS = [
  { value: "yes", label: "Yes, here", key: "y", primary: true },
  { value: 1, label: "More like this", key: "m" },
  { value: -1, label: "Not like this", key: "x" },
];

/** `page` is the answering page: its `concept`, `views`, `grid`, `signal`, and `say(chips, what)`. */
export class Asides {
  constructor(page) {
    this.page = page;
  }

  /** Asks where the event around a chip begins and ends. */
  async event(chip) {
    const ends = await eventDialog(chip, this.page.concept);
    if (this.#left(chip) || !ends) return;
    this.page.views.event(chip, ends.from, ends.to);
    this.page.on("Whole event", 1);
  }

  /** Asks for a box on a chip's frame, and whether it is an answer or an example. */
  async box(chip) {
    const { source } = chip;
    const whole = chip.box.join() === "0,0,1,1";
    const title = `Where is “${this.page.concept}”?`;
    const drawn = await boxDialog({
      title,
      src: frame(chip),
      width: source.width,
      height: source.height,
      box: whole ? null : chip.box,
      actions: BOX_ACTIONS,
    });
    if (this.#left(chip) || !drawn) return;
    if (drawn.action === "yes") this.page.say([chip], "yes", { box: drawn.box });
    else await this.#example(chip, drawn);
  }

  /** Plays the moment; what is said in the player is said of the chip. */
  async play(chip) {
    if (chip.source.kind === "image" || chip.gone) return;
    await playChip(chip, { answer: (value) => this.page.value([chip], value) }).catch(failed);
    this.page.grid.focus();
  }

  /** Asks for words, and puts what matches them on the table, best first. */
  async find() {
    const found = await findDialog(this.page.concept);
    if (!found || this.page.signal.aborted) return;
    if (!found.chips.length) return void toast(`Nothing matches “${found.words}”.`);
    const k = this.page.grid.room;
    const part = (_, i) => ({ title: `“${found.words}”`, chips: found.chips.slice(i * k, (i + 1) * k) });
    this.page.views.insert(...Array.from({ length: Math.ceil(found.chips.length / k) }, part));
  }

  async #example({ item }, { box, action: sign }) {
    try {
      await post(`${at(this.page.concept)}/examples`, { item, box, sign });
      toast(
        sign > 0
          ? "Kept as an example: batches to come go by it."
          : "Kept as a counter-example: batches to come avoid it.",
      );
    } catch (error) {
      toast(`The example was NOT kept: ${error.message}`, { kind: "error" });
    }
  }

  /** Whether the page was left meanwhile; if not, the chip is current again. */
  #left(chip) {
    if (!this.page.signal.aborted) this.page.grid.goTo(chip);
    return this.page.signal.aborted;
  }
}

function failed(error) {
  toast(error.message, { kind: "error" });
}
