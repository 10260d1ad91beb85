// Addresses of pages: "#/answer/fox".

const PAGES = ["start", "answer", "standing", "events", "browse", "people"];

/** "#/answer/fox", "#/people"; the collection is "#/". */
export function address(name, concept) {
  const page = name === "start" && !concept ? "" : name;
  return `#/${page}${concept ? `/${encodeURIComponent(concept)}` : ""}`;
}

/** Goes to a page: `go("answer", "fox")`. */
export function go(name, concept) {
  location.hash = address(name, concept);
}

/** `{name, concept}` of an address; one that means nothing is the collection, "start". */
export function route(hash) {
  const [, name = "", concept = ""] = hash.split("/");
  return { name: PAGES.includes(name) ? name : "start", concept: plain(concept) || null };
}

function plain(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a hand-typed "%" is itself
  }
}
