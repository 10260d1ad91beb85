// The header: where one is, whose project, and whether all is well.

import { del, get } from "./api.js";
import { clear, h, icon } from "./dom.js";
import { address } from "./route.js";
import { saved } from "./saved.js";

const TABS = [
  ["start", "Examples"],
  ["answer", "Answer"],
  ["standing", "Standing"],
  ["events", "Events"],
  ["browse", "Browse"],
];
const THEMES = ["system", "light", "dark"];
const STATES = { live: "Connected", waiting: "Connecting…" };

export class Shell {
  #names = [];
  #concept = null;
  page = "start";
  shown = null; // the concept that the page is about

  constructor(element, { live }) {
    this.element = element;
    this.live = live;
    this.state = h("span", { class: "state", role: "status", dataset: { state: "waiting" }, text: STATES.waiting });
    live.on("state", (state) => this.#connection(state));
    live.on("concept", (told) => this.#heard(told));
    applyTheme(theme());
  }

  async open(session) {
    this.session = session;
    this.#names = (await get("/api/concepts")).concepts.map((each) => each.name);
    this.#draw();
  }

  at(page, concept) {
    Object.assign(this, { page, shown: concept });
    this.#concept = concept ?? this.#concept;
    if (concept && !this.#names.includes(concept)) this.#names.push(concept);
    document.title = concept ? `${concept} – raravis` : "raravis";
    this.#draw();
  }

  #connection(state) {
    this.state.dataset.state = state;
    this.state.textContent = STATES[state];
  }

  #heard({ name }) {
    if (!name || this.#names.includes(name)) return;
    this.#names.push(name);
    this.#draw();
  }

  #draw() {
    const admin = this.session.role === "admin";
    clear(this.element).append(
      h(
        "a",
        { class: "brand", href: "#/", "aria-label": "raravis: the collection" },
        h("img", { src: "/icon.svg", alt: "" }),
        h("span", { text: "raravis" }),
      ),
      this.#switcher() ?? "",
      h(
        "nav",
        { "aria-label": "Pages" },
        this.#tab("start", "Collection", null),
        this.#concept ? this.#tabs().map(([name, title]) => this.#tab(name, title, this.#concept)) : null,
        admin ? this.#tab("people", "People", null) : null,
      ),
      h("span", { class: "spread" }),
      saved(),
      this.state,
      h(
        "button",
        {
          class: "quiet icon",
          "aria-label": `Theme: ${theme()}`,
          title: `Theme: ${theme()}`,
          onclick: () => this.#turn(),
        },
        icon("theme"),
      ),
      this.#person(),
    );
  }

  #switcher() {
    if (!this.#names.length) return null;
    const options = this.#names.map((name) =>
      h("option", { value: name, text: name, selected: name === this.#concept }),
    );
    if (!this.#concept) options.unshift(h("option", { value: "", text: "What is sought…", selected: true }));
    const page = this.shown ? this.page : this.#answers() ? "answer" : "standing";
    const choose = (event) => event.target.value && (location.hash = address(page, event.target.value));
    return h("select", { "aria-label": "What is sought", onchange: choose }, options);
  }

  /** Whether this person may answer; a viewer is not led to where they cannot. */
  #answers() {
    return this.session.role !== "viewer";
  }

  #tabs() {
    return TABS.filter(([name]) => name !== "answer" || this.#answers());
  }

  #tab(name, title, concept) {
    return h("a", {
      href: address(name, concept),
      "aria-current": name === this.page && concept === this.shown ? "page" : null,
      text: title,
    });
  }

  #person() {
    const { name, role, open } = this.session;
    const out = () => del("/api/session").then(() => location.reload());
    const who = h("span", { class: "soft small", title: role, text: role === "admin" ? name : `${name}, ${role}` });
    return h(
      "div",
      { class: "row who" },
      who,
      open ? null : h("button", { class: "quiet", onclick: out, text: "Log out" }),
    );
  }

  #turn() {
    const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
    localStorage.setItem("raravis.theme", next);
    applyTheme(next);
    this.#draw();
  }
}

function theme() {
  return localStorage.getItem("raravis.theme") ?? "system";
}

function applyTheme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}
