// What can be taken away: each export made on demand and then fetched, and the report to show around.

import { concept, post } from "./api.js";
import { h, icon, toast } from "./dom.js";

const FORMATS = [
  ["csv", "Events (CSV)", "A table of the events, for a spreadsheet"], ["coco", "Labels (COCO)", "Every answer with its box, to train on"],
  ["clips", "Clips", "A short film of each event"], ["onnx", "Classifier (ONNX)", "What was learned, to run elsewhere"]];

/** The row of buttons; `may`: whether exports can be made here, else only the report. */
export function takeaway(name, { signal, may }) {
  const report = h("a", { class: "button", href: `${concept(name)}/report.html`, target: "_blank", rel: "noopener", title: "One page with everything in it, to pass on" }, "Report");
  return h("div", { class: "row wrap takeaway", role: "group", "aria-label": "Take away" },
    h("span", { class: "soft", text: "Take away" }), report, may ? FORMATS.map((format) => button(name, format, signal)) : null);
}

function button(name, [format, label, title], signal) {
  const words = h("span", { text: label });
  const element = h("button", { title, onclick: () => make(name, format, element, words, label, signal) }, words);
  return element;
}

/** Makes the export, and hands the file to the browser. */
async function make(name, format, element, words, label, signal) {
  element.disabled = true;
  element.setAttribute("aria-busy", "true");
  words.textContent = `${label}: making…`;
  try {
    const { files } = await post(`${concept(name)}/exports`, { formats: [format] }, { signal });
    const [file] = files;
    fetched(file.url);
    toast(`${label}: ${size(file.bytes)}`);
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message, { kind: "error" });
  }
  words.textContent = label;
  element.removeAttribute("aria-busy");
  element.disabled = false;
}

function fetched(url) {
  const link = h("a", { href: url, download: "", hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
}

/** "1.2 MB". */
function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}
