// Begins a search: what there is to look through, what is sought, what it looks like, and the best matches at once.

import { get, post } from "./api.js";
import { Collection } from "./collection.js";
import { clear, count, h, plural } from "./dom.js";
import { Examples } from "./examples.js";
import { Matches } from "./matches.js";
import { address, go } from "./route.js";

const MAY = new Set(["labeller", "admin"]);

export async function page(main, given) {
  return given.concept ? sought(main, given) : beginning(main, given);
}

/** Nothing chosen yet: the collection, and what one may seek in it. */
async function beginning(main, { session, signal, live }) {
  const seek = h("section", { class: "stack seek", "aria-label": "What is sought", hidden: true });
  const list = h("ul", { class: "concepts" });
  const collection = new Collection({ session, signal, live, onchange: ({ collection: { sources } }) => (seek.hidden = !sources && !collection.running) });
  const may = MAY.has(session.role);
  const draw = async () => clear(list).append(...(await get("/api/concepts", { signal })).concepts.map((each) => card(each, may)));
  if (may) seek.append(asking());
  seek.append(list);
  clear(main).append(h("div", { class: "page stack wide start" }, collection.element, seek));
  await Promise.all([collection.refresh(), draw()]);
  live.on("concept", () => draw().catch(() => null), { signal });
}

function asking() {
  const name = h("input", { type: "text", id: "name", class: "large", maxlength: 200, autocomplete: "off", placeholder: "a fox, a helicopter, a cracked insulator…", required: true });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const begin = async (event) => {
    event.preventDefault();
    try {
      go("start", (await post("/api/concepts", { name: name.value.trim() })).name ?? name.value.trim());
    } catch (error) {
      wrong.textContent = error.message;
    }
  };
  return h("form", { class: "stack", onsubmit: begin }, h("label", { for: "name" }, h("h2", { text: "What do you seek?" })),
    h("div", { class: "row" }, name, h("button", { class: "primary large", text: "Seek it" })), wrong,
    h("p", { class: "soft small", text: "Give it a name. On the next page you show what it looks like, and see the best matches at once." }));
}

function card({ name, answers, yes, events, examples }, may) {
  const told = answers ? `${plural(events, "event")} · ${count(yes)} yes of ${plural(answers, "answer")}` : `${plural(examples, "example")}, no answers yet`;
  return h("li", { class: "card row" }, h("div", {}, h("h3", {}, h("a", { href: address("start", name), text: name })), h("p", { class: "soft small", text: told })),
    h("div", { class: "row spread" }, h("a", { class: "button", href: address("standing", name), text: "Standing" }), may ? h("a", { class: "button primary", href: address("answer", name), text: "Answer" }) : null));
}

/** One concept: its examples on the left, the best matches beside them. */
async function sought(main, { concept: name, session, signal, live }) {
  const may = MAY.has(session.role);
  const ready = h("a", { class: "button large spread", href: address("answer", name), text: "Start answering" });
  const examples = new Examples(name, { signal, may, onchange: (list) => changed(list) });
  const matches = new Matches(name, { signal, examples });
  const collection = new Collection({ session, signal, live, onchange: ({ encoder }) => grown(encoder), whole: false });
  let known = false; // both the collection and the examples
  const grown = (encoder) => {
    examples.reads(encoder?.reads ?? "nothing");
    if (known) matches.grown(collection.ready);
  };
  const changed = (list) => {
    ready.classList.toggle("primary", list.length > 0);
    if (known) matches.refresh(collection.ready);
  };
  clear(main).append(h("div", { class: "page stack wide start sought-page" },
    h("div", { class: "row wrap" }, h("h1", { text: name }), h("p", { class: "soft", text: may ? "Show what it looks like; then answer yes or no." : "" }), may ? ready : null),
    collection.bar, h("div", { class: "pair" }, examples.element, matches.element)));
  await Promise.all([examples.refresh(), collection.refresh()]);
  known = true;
  await matches.refresh(collection.ready);
}
