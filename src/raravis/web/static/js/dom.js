// Elements made in one line, and the few words in which times and shares are written.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: `h("button", {class: "quiet", onclick: go, "aria-label": "Go"}, "Go")`.
 * Props: `class`, `text`, `on*` listeners, `dataset` and `style` as objects; booleans and DOM properties
 * (`value`, `checked`, …) as they are; everything else is an attribute, null and undefined none.
 * Children: elements, text, null, or lists of these.
 */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for a picture drawn in SVG: `svg("path", {d: "M0 0h10"})`. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "open", "readOnly", "indeterminate"]);

function set(element, name, value) {
  if (value === null || value === undefined) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
  else if (name === "text") element.textContent = value;
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "style") styled(element, value);
  else if (PROPERTIES.has(name) && name in element) element[name] = value;
  else if (typeof value === "boolean" && !name.startsWith("aria-")) element.toggleAttribute(name, value);
  else element.setAttribute(name, value);
}

/** The key that does the same; a screen reader has the button's name without it. */
export function kbd(key) {
  return h("kbd", { "aria-hidden": "true", text: key });
}

/** Sets styles through the CSSOM, which a Content-Security-Policy without inline styles allows. */
export function styled(element, styles) {
  for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value);
  return element;
}

/** What a token is just now, for a canvas: `colour("--yes")` → "rgb(8, 114, 76)". */
export function colour(token) {
  const probe = h("i", { hidden: true, style: { color: `var(${token})` } });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** The same element, empty. */
export function clear(element) {
  element.replaceChildren();
  return element;
}

/** "0:09.5", "12:04", "1:02:33": seconds as a clock; tenths below a minute where they are not nought. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const sign = seconds < 0 ? "−" : "";
  const tenths = Math.round(Math.abs(seconds) * 10);
  const whole = Math.floor(tenths / 10);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (n) => String(n).padStart(2, "0");
  const rest = two(whole % 60) + (whole < 60 && tenths % 10 ? `.${tenths % 10}` : "");
  return sign + (hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`);
}

/** "93 %", "0.4 %", "–" for null. */
export function percent(share) {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  const hundred = share * 100;
  return `${hundred > 0 && hundred < 1 ? hundred.toFixed(1) : Math.round(hundred)} %`;
}

/** "1,234". */
export function count(n) {
  return Number(n ?? 0).toLocaleString("en");
}

/** "1 answer", "3 answers". */
export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** The last part of a source's name: what fits under a picture. */
export function shortName(name) {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** What comes before that: often the camera. */
export function folderOf(name) {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

/** A line that goes by itself; kind "error" stays until it is closed. Said again, it takes the place of the first. */
export function toast(text, { kind = "note", seconds = 5 } = {}) {
  const shown = document.getElementById("toasts");
  for (const other of [...shown.children]) if (other.firstChild.textContent === text) other.remove();
  const close = h("button", { class: "quiet icon", "aria-label": "Close", onclick: () => line.remove() }, "×");
  const line = h(
    "div",
    { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status" },
    h("span", { text }),
    close,
  );
  shown.append(line);
  if (kind !== "error") setTimeout(() => line.remove(), seconds * 1000);
  return line;
}

/** Tells a screen reader, and nobody else. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

const ICONS = {
  yes: "M3 8.5l3.2 3.2L13 4.8",
  no: "M4 4l8 8M12 4l-8 8",
  unsure: "M5.2 6a2.8 2.8 0 1 1 4.2 2.4c-.9.6-1.4 1-1.4 2M8 13.1v.2",
  later: "M8 4.2V8l2.6 1.6M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z",
  undo: "M6 3L2.8 6.2 6 9.4M3 6.2h6.2a3.6 3.6 0 0 1 0 7.2H6.5",
  event: "M2 4v8M14 4v8M4.5 8h7M6.5 5.8L4.3 8l2.2 2.2M9.5 5.8L11.7 8l-2.2 2.2",
  box: "M2.5 5V2.5H5M11 2.5h2.5V5M13.5 11v2.5H11M5 13.5H2.5V11M5.5 5.5h5v5h-5z",
  search: "M7 11.6A4.6 4.6 0 1 0 7 2.4a4.6 4.6 0 0 0 0 9.2zM10.4 10.4l3.4 3.4",
  strip: "M1.5 4.5h13v7h-13zM5.8 4.5v7M10.2 4.5v7",
  help: "M5.2 6a2.8 2.8 0 1 1 4.2 2.4c-.9.6-1.4 1-1.4 2M8 13.1v.2",
  play: "M5 3.2v9.6L12.5 8z",
  theme: "M8 2.2v11.6A5.8 5.8 0 0 0 8 2.2zM8 2.2a5.8 5.8 0 0 0 0 11.6",
};

/** A small drawing, 16 × 16, in the colour of the text; says nothing to a screen reader. */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon-svg", viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }),
  );
}
