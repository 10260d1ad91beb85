// Whether everything said is on the server's disk, in words; and loudly where it is not.

import { clear, h, plural } from "./dom.js";
import { count, queue } from "./queue.js";

const bar = document.getElementById("unsaved");
const words = h("span", { class: "saved soft small", role: "status" });
let slow = 0;

/** The words "Saved" or "Saving…", kept up to date. */
export function saved() {
  return words;
}

function draw() {
  clearTimeout(slow);
  words.dataset.all = String(!queue.waiting);
  if (!queue.waiting) words.textContent = "Saved";
  else slow = setTimeout(() => (words.textContent = queue.trouble ? "Not saved" : "Saving…"), 120); // a quick save does not flicker
  drawBar();
}

function drawBar() {
  const { trouble, refused, answers } = queue;
  bar.hidden = !trouble && !refused.length;
  if (bar.hidden) return;
  clear(bar).append(...(trouble ? troubled(trouble, answers) : turnedDown(refused)));
}

function troubled({ message, until }, answers) {
  const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
  const when = seconds ? `Trying again in ${seconds} s.` : "Trying…";
  return [
    h("b", { text: "NOT saved" }),
    h("span", { text: `${plural(answers, "answer")} kept in this browser: ${message}. ${when}` }),
    h("button", { class: "spread", onclick: () => queue.retry(), text: "Try now" }),
  ];
}

function turnedDown(refused) {
  return [
    h("b", { text: "NOT saved" }),
    h("span", { text: `${plural(count(refused.map(({ act }) => act)), "answer")} refused: ${refused[0].message}` }),
    h("button", { class: "spread", onclick: () => queue.settle(true), text: "Send again" }),
    h("button", { onclick: () => queue.settle(false), text: "Let it go" }),
  ];
}

queue.addEventListener("change", draw);
setInterval(() => queue.trouble && drawBar(), 1000);
draw();
