// What answers and reasons are called, in one place.

export const VALUES = { 1: "yes", "-1": "no", 0: "unsure" };
export const SAID = { yes: "Yes", no: "No", unsure: "Can’t tell", later: "Later" };

// reason → [tag, why in a sentence, whether the tag stands out]
const REASONS = {
  top: ["best guess", "It is among the likeliest left.", false],
  hunt: ["best guess", "The best guess left: likely, and unlike every no.", false],
  similar: ["alike", "It is like the examples.", false],
  ezmode: ["best guess", "It is the likeliest of its stretch of time.", false],
  uncertain: ["close call", "The classifier cannot decide.", false],
  informative: ["telling", "Its answer would teach most.", false],
  random: ["by chance", "It was drawn by chance.", false],
  "new mode": ["new kind", "It is likely, and unlike all that was found so far: a new mode.", true],
  end: ["event’s end", "An event found before may end here.", true],
  inside: ["inside event", "It lies inside an event found before.", true],
  follows: ["follows", "It follows from answers beside it; nobody answered it.", false],
  second: ["second opinion", "Somebody answered it already; what do you say?", true],
  search: ["match", "It matches the words best.", false],
};

const BLIND = ["first look", "Nothing is known yet: an example, or a first yes, helps most.", false];
const GUESSES = new Set(["top", "hunt", "ezmode"]);

/** `{tag, why, marked}` of a chip; a reason that has no words here is shown as it is. */
export function reason({ reason: name, second, score }) {
  if (!second && score === null && GUESSES.has(name)) return { tag: BLIND[0], why: BLIND[1], marked: BLIND[2] };
  const [tag, why, marked] = REASONS[second ? "second" : name] ?? [name, name ? `Chosen by ${name}.` : "", false];
  return { tag, why, marked };
}
