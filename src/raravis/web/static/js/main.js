// Begins here: who is there, the header, and which page the address means.

import { clear, h } from "./dom.js";
import { Live } from "./live.js";
import { login, session as sessionOf } from "./login.js";
import { queue } from "./queue.js";
import { route } from "./route.js";
import { Shell } from "./shell.js";

const main = document.getElementById("main");
const live = new Live();
live.on("hello", () => queue.retry()); // the server is back
let shell = null;
let session = null;
let leaving = new AbortController();

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { name, concept, wanted } = route(location.hash);
  shell.at(name, concept);
  clear(main);
  main.scrollTop = 0;
  try {
    const { page } = await import(`./${name}.js`);
    if (!signal.aborted) await page(main, { concept, wanted, signal, live, session });
  } catch (error) {
    if (!signal.aborted) failed(error);
  }
}

function failed(error, again = show) {
  console.error(error);
  const button = h("button", { class: "primary", onclick: again, text: "Try again" });
  const words = [h("h1", { text: "This page did not open" }), h("p", { text: error.message })];
  clear(main).append(h("div", { class: "empty", role: "alert" }, words, button));
}

async function enter() {
  live.stop();
  session = await sessionOf();
  while (!session) session = await login(main);
  queue.open(session);
  shell ??= new Shell(document.getElementById("shell"), { live });
  await shell.open(session);
  live.start();
  await show();
}

async function begin() {
  try {
    await enter();
  } catch (error) {
    failed(error, begin);
  }
}

let asking = false; // one log-in page, however many requests were refused
window.addEventListener("raravis:signed-out", async () => {
  if (asking || !session) return;
  asking = true;
  leaving.abort();
  live.stop();
  session = await login(main);
  asking = false;
  await begin();
});
window.addEventListener("hashchange", () => shell && show());
begin();
