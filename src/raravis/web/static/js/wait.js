// What the answering page says when there is nothing to answer.

import { h } from "./dom.js";
import { address } from "./route.js";

const to = (page, concept, text, kind = "") => h("a", { class: `button ${kind}`, href: address(page, concept), text });
const words = (title, text) => [h("h2", { text: title }), h("p", { class: "soft", text })];

const SPENT = ["The budget is spent", "As many answers as were asked for are given; with a higher --budget it goes on."];

/** Lines for `why` no batch came, null while one is chosen; `status` is that of an error. */
export function waiting(why, status, concept) {
  if (why === null) return [h("p", { class: "soft", text: "Choosing what to ask next…" })];
  if (status !== undefined) return refused(why, status, concept);
  if (why.startsWith("others"))
    return words("Others hold what is left", "As soon as some of it comes free, it shows here.");
  const spent = why.startsWith("the budget");
  return [
    ...(spent ? words(...SPENT) : words("Nothing is left to ask", "Every item was answered, or follows from answers.")),
    h(
      "div",
      { class: "row" },
      to("standing", concept, "See where it stands", "primary"),
      to("events", concept, "Take away what was found"),
    ),
  ];
}

function refused(why, status, concept) {
  const again = status === 0 || status === 409 || status >= 500;
  if (again) return words("No new batch yet", `${why}. Trying again…`);
  return [...words("Nothing can be asked yet", why), to("start", concept, "Show what it looks like", "primary")];
}

/** For whoever comes with nothing to seek. */
export function nothingSought() {
  const text = "Give it a name and an example, then answer.";
  return h(
    "div",
    { class: "empty" },
    h("h1", { text: "What do you seek?" }),
    h("p", { text }),
    to("start", null, "Begin", "primary"),
  );
}

/** For a viewer. */
export function onlyLooking(concept) {
  const text = "Your role here is viewer. An admin can give you a token that answers.";
  return h(
    "div",
    { class: "empty" },
    h("h1", { text: "You may look, not answer" }),
    h("p", { text }),
    to("standing", concept, "See where it stands"),
  );
}
