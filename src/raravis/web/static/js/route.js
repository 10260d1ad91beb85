// Addresses of pages: "#/answer/fox", "#/browse/fox?order=doubt".

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

/** `{name, concept, wanted}` of an address, `wanted` what stands after a "?"; one that means nothing is "start". */
export function route(hash) {
  const [path, wanted = ""] = hash.split("?");
  const [, name = "", concept = ""] = path.split("/");
  return { name: PAGES.includes(name) ? name : "start", concept: plain(concept) || null, wanted: new URLSearchParams(wanted) };
}

function plain(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a hand-typed "%" is itself
  }
}
