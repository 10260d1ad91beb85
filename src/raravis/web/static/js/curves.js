// Two small charts of how the search goes, drawn as SVG in the page's own colours.

import { clear, count, h, plural, svg } from "./dom.js";

const ROOM = { left: 40, right: 16, top: 22, bottom: 44 };
const FEW_BARS = 3;
const WORDS = 84; // px for the words at the lines' ends
const HEIGHT = 236;

/** A figure that is drawn again whenever its width changes: `draw(width, height)` gives the SVG's children. */
export function figure(title, label, draw) {
  const picture = svg("svg", { role: "img", "aria-label": `${title}. ${label}`, height: HEIGHT });
  const element = h("figure", { class: "chart card" }, h("figcaption", { text: title }), picture);
  const redraw = (width) => {
    picture.setAttribute("width", width);
    clear(picture).append(...draw(width, HEIGHT));
  };
  new ResizeObserver(([{ contentRect }]) => contentRect.width > 0 && redraw(Math.floor(contentRect.width))).observe(element);
  return element;
}

/** Items and events found, by answers given; `curve` is [[answers, yes, events], …]. */
export function finds(curve) {
  const [answers, yes, events] = curve.at(-1) ?? [0, 0, 0];
  const label = `After ${plural(answers, "answer")}: ${plural(yes, "yes", "yes")}, ${plural(events, "event")}.`;
  return figure("Found so far", label, (width, height) => {
    const { x, y, parts } = axes(width - WORDS, height, Math.max(1, answers), Math.max(1, yes, events));
    const line = (column, name) => svg("path", { class: `line ${name}`, d: steps(curve.map((row) => [x(row[0]), y(row[column])])) });
    return [...parts, line(1, "items"), line(2, "events"), ...ends(x(answers) + 8, [[y(yes), "items", `${count(yes)} yes`], [y(events), "events", plural(events, "event")]])];
  });
}

/** New events in each hundred answers, as bars: what a hundred more may bring. The last hundred may still be under way. */
export function perHundred(bars, answers) {
  const label = bars.map((n, i) => `${100 * i + 1} to ${Math.min(answers, 100 * i + 100)}: ${n}`).join("; ");
  return figure("New events in each hundred answers", label || "No answers yet.", (width, height) => {
    const { x, y, parts } = axes(width, height, Math.max(FEW_BARS, bars.length), Math.max(1, ...bars), (n) => count(100 * n));
    const wide = (x(1) - x(0)) * 0.9;
    return [...parts, ...bars.map((n, i) => bar(n, x(i) + wide / 18, y, wide, 100 * i + 100 > answers))];
  });
}

function bar(n, left, y, wide, begun) {
  const top = y(n);
  const number = wide > 16 ? svg("text", { class: "number", x: left + wide / 2, y: top - 4, "text-anchor": "middle" }, count(n)) : null;
  return svg("g", {}, svg("rect", { class: begun ? "bar begun" : "bar", x: left, y: top, width: wide, height: Math.max(0, y(0) - top) }), number);
}

/** The words at the lines' ends, kept apart where the lines meet. */
function ends(x, words) {
  const apart = 15;
  const rising = [...words].sort((a, b) => a[0] - b[0]);
  if (rising[1][0] - rising[0][0] < apart) rising[1][0] = rising[0][0] + apart;
  const over = Math.max(0, rising[1][0] - (HEIGHT - ROOM.bottom));
  return rising.map(([y, name, text]) => svg("text", { class: `end ${name}`, x, y: y - over + 4 }, text));
}

function axes(width, height, mostX, mostY, written = count) {
  const [right, bottom] = [width - ROOM.right, height - ROOM.bottom];
  const topY = ticks(mostY).at(-1);
  const x = (value) => ROOM.left + (value / mostX) * (right - ROOM.left);
  const y = (value) => bottom - (value / topY) * (bottom - ROOM.top);
  const across = ticks(mostY).map((value) => [
    svg("path", { class: "grid", d: `M${ROOM.left} ${y(value)}H${right}` }),
    svg("text", { x: ROOM.left - 6, y: y(value) + 4, "text-anchor": "end" }, count(value))]);
  const along = ticks(mostX, Math.max(2, Math.floor(width / 110))).filter((value) => value <= mostX)
    .map((value) => svg("text", { x: x(value), y: bottom + 16, "text-anchor": "middle" }, written(value)));
  const title = svg("text", { x: (ROOM.left + right) / 2, y: bottom + 36, "text-anchor": "middle" }, "answers");
  return { x, y, parts: [...across.flat(), ...along, title] };
}

/** Round whole numbers from nought to `most` or just above it. */
function ticks(most, wanted = 4) {
  const raw = most / wanted;
  const ten = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, [1, 2, 5, 10].find((n) => n * ten >= raw) * ten);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => i * step);
}

/** A stair: what is found stays found until the next find. */
function steps(points) {
  return points.map(([x, y], i) => (i ? `H${x.toFixed(1)}V${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}`)).join("");
}
