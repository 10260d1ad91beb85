// A box drawn on a frame: by mouse or finger, or by arrows.

import { dialogOf, show } from "./dialog.js";
import { h, kbd } from "./dom.js";
import { keys } from "./keys.js";

const STEP = 0.02; // of the frame's side, by an arrow
const LEAST = 0.01; // side of a box
const START = [0.35, 0.35, 0.65, 0.65]; // where a box drawn by keys begins

/** A frame with a box on it. `box` is xyxy in 0..1, or null before one is drawn; `onChange(box)` hears of it. */
export class BoxSurface {
  constructor({ src, width, height, box = null, onChange = () => {} }) {
    Object.assign(this, { box, onChange });
    this.outline = h(
      "div",
      { class: "item-box drawn" },
      ["nw", "ne", "sw", "se"].map((corner) => h("i", { dataset: { corner } })),
    );
    this.element = h(
      "div",
      {
        class: "surface",
        tabindex: 0,
        role: "application",
        "aria-label": "Box on the frame: arrows move it, shift and arrows size it",
      },
      h("img", { src, alt: "", draggable: "false" }),
      this.outline,
    );
    this.element.style.setProperty("aspect-ratio", `${width} / ${height}`);
    this.element.style.setProperty("--ratio", width / height);
    this.element.addEventListener("pointerdown", (event) => this.#press(event));
    keys(this.#arrows(), { target: this.element });
    this.#draw();
  }

  /** Moves the box by, or with `size` moves its far corner by, shares of the frame. */
  nudge(dx, dy, { size = false } = {}) {
    const [x0, y0, x1, y1] = this.box ?? START;
    if (!this.box) return this.put(START);
    if (size) return this.put([x0, y0, Math.max(x0 + LEAST, x1 + dx), Math.max(y0 + LEAST, y1 + dy)]);
    const [mx, my] = [Math.max(-x0, Math.min(1 - x1, dx)), Math.max(-y0, Math.min(1 - y1, dy))];
    this.put([x0 + mx, y0 + my, x1 + mx, y1 + my]);
  }

  put(box) {
    this.box = box.map((side) => Math.max(0, Math.min(1, side)));
    this.#draw();
    this.onChange(this.box);
  }

  #arrows() {
    const ways = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    const map = {};
    for (const [key, way] of Object.entries(ways)) {
      map[key] = () => this.nudge(...way);
      map[`Shift+${key}`] = () => this.nudge(...way, { size: true });
    }
    return map;
  }

  #at({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  /** A press on a corner pulls it; anywhere else it begins a new box. */
  #press(event) {
    event.preventDefault();
    this.element.focus();
    this.element.setPointerCapture(event.pointerId);
    const corner = event.target.dataset?.corner;
    const from = corner ? this.#opposite(corner) : this.#at(event);
    const drag = (moved) => this.#span(from, this.#at(moved));
    this.element.addEventListener("pointermove", drag);
    this.element.addEventListener("lostpointercapture", () => this.element.removeEventListener("pointermove", drag), {
      once: true,
    });
  }

  #opposite(corner) {
    const [x0, y0, x1, y1] = this.box;
    return [corner.includes("w") ? x1 : x0, corner.includes("n") ? y1 : y0];
  }

  #span([ax, ay], [bx, by]) {
    const inside = (side) => Math.max(0, Math.min(1, side));
    const [x0, x1] = [Math.min(ax, bx), Math.max(ax, bx)].map(inside);
    const [y0, y1] = [Math.min(ay, by), Math.max(ay, by)].map(inside);
    if (x1 - x0 >= LEAST && y1 - y0 >= LEAST) this.put([x0, y0, x1, y1]);
  }

  #draw() {
    this.outline.hidden = !this.box;
    if (!this.box) return;
    const [x0, y0, x1, y1] = this.box.map((side) => side * 100);
    const place = { left: x0, top: y0, width: x1 - x0, height: y1 - y0 };
    for (const [name, value] of Object.entries(place)) this.outline.style.setProperty(name, `${value}%`);
  }
}

/**
 * `{box, action}`, or null when it was left. `actions`: `[{value, label, key, primary}]`; the primary one is Enter's.
 * `src`, `width` and `height` are the frame's; `box` where it begins, null for none.
 */
export function boxDialog({ title, actions, ...frame }) {
  return new Promise((resolve) => new BoxDialog(title, actions, frame, resolve).open());
}

class BoxDialog {
  #result = null;

  constructor(title, actions, frame, resolve) {
    const buttons = actions.map((action) => this.#button(action, frame.box));
    const enable = () => buttons.forEach((button) => (button.disabled = false));
    this.surface = new BoxSurface({ ...frame, onChange: enable });
    const hint = h("span", { class: "soft small", text: "Drag, or use the arrows; with shift they size it." });
    this.dialog = dialogOf("boxing", title, this.surface.element, [hint, h("span", { class: "spread" }), buttons]);
    this.dialog.addEventListener("close", () => resolve(this.#result));
    const map = Object.fromEntries(actions.map(({ key, value }) => [key, () => this.#choose(value)]));
    keys({ ...map, Enter: () => this.#choose(actions.find(({ primary }) => primary)?.value) }, { target: this.dialog });
  }

  open() {
    show(this.dialog);
    this.surface.element.focus();
  }

  #button({ value, label, key, primary }, box) {
    const props = { class: primary ? "primary" : "", disabled: !box, onclick: () => this.#choose(value) };
    return h("button", props, label, kbd(primary ? "↵" : key));
  }

  #choose(action) {
    if (!this.surface.box || action === undefined) return;
    this.#result = { box: this.surface.box, action };
    this.dialog.close();
  }
}
