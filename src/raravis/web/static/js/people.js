// Who may come in, and where two people's answers differ.

import { concept as concepts, del, get, post } from "./api.js";
import { frame } from "./chip.js";
import { clear, clock, count, h, icon, percent, plural, shortName, toast } from "./dom.js";
import { playChip } from "./moments.js";
import { queue } from "./queue.js";
import { SAID, VALUES } from "./words.js";

const ROLES = [["labeller", "Labeller: answers"], ["viewer", "Viewer: only looks"], ["admin", "Admin: everything"]];
const CHOICES = [1, -1, 0];

export async function page(main, { session, signal, live }) {
  if (session.role !== "admin") return void clear(main).append(h("div", { class: "empty" }, h("h1", { text: "People" }), h("p", { text: "Only an admin can see this page." })));
  const users = new Users({ signal, session });
  const differ = new Differences({ signal });
  clear(main).append(h("div", { class: "page stack wide people-page" }, h("h1", { text: "People" }), users.element, differ.element));
  await Promise.all([users.refresh(), differ.open()]);
}

class Users {
  constructor({ signal, session }) {
    Object.assign(this, { signal, session });
    this.rows = h("tbody");
    this.made = h("div", { class: "once-here", role: "status" });
    this.element = h("section", { class: "stack", "aria-label": "Users" }, this.#form(), this.made,
      h("table", { class: "rows" }, h("thead", {}, h("tr", {}, ["Name", "Role", "Since", ""].map((text) => h("th", { text })))), this.rows));
    this.table = this.element.lastChild;
  }

  async refresh() {
    const { users } = await get("/api/users", { signal: this.signal });
    this.table.hidden = !users.length;
    clear(this.rows).append(...users.map((user) => this.#row(user)));
  }

  #form() {
    const name = h("input", { type: "text", id: "user", maxlength: 60, required: true, autocomplete: "off", placeholder: "their name" });
    const role = h("select", { id: "role" }, ROLES.map(([value, text]) => h("option", { value, text })));
    const wrong = h("p", { class: "wrong", role: "alert" });
    const add = async (event) => {
      event.preventDefault();
      wrong.textContent = "";
      try {
        const { token } = await post("/api/users", { name: name.value.trim(), role: role.value });
        clear(this.made).append(once(name.value.trim(), token));
        name.value = "";
        role.value = "labeller";
        first?.remove();
        await this.refresh();
      } catch (error) {
        wrong.textContent = error.message;
      }
    };
    const first = this.session.open ? h("p", { class: "soft small", text: "Nobody needs a token here yet. The first user closes the room: make it yourself, as admin." }) : null;
    if (this.session.open) role.value = "admin";
    return h("form", { class: "stack", onsubmit: add }, h("div", { class: "row wrap" }, h("label", { class: "field" }, h("span", { class: "small soft", text: "Name" }), name),
      h("label", { class: "field" }, h("span", { class: "small soft", text: "Role" }), role), h("button", { class: "primary", text: "Add" })), first, wrong);
  }

  #row({ name, role, created_at: since, revoked_at: revoked }) {
    const date = (at) => new Date(at * 1000).toLocaleDateString(undefined, { dateStyle: "medium" });
    const last = revoked ? h("span", { class: "soft small", text: `Revoked ${date(revoked)}` })
      : h("button", { class: "quiet", onclick: ({ target }) => this.#revoke(name, target), text: "Revoke" });
    return h("tr", { class: revoked ? "soft" : "" }, h("td", { text: name }), h("td", { text: role }), h("td", { text: date(since) }), h("td", {}, last));
  }

  /** The first press asks, the second does it. */
  async #revoke(name, button) {
    if (!button.dataset.sure) {
      button.dataset.sure = "asked";
      button.textContent = `Shut ${name} out?`;
      return void setTimeout(() => (delete button.dataset.sure, (button.textContent = "Revoke")), 4000);
    }
    try {
      await del(`/api/users/${encodeURIComponent(name)}`);
      await this.refresh();
    } catch (error) {
      toast(error.message, { kind: "error" });
    }
  }
}

/** A token is told this once. */
function once(name, token) {
  const copy = async ({ target }) => {
    try {
      await navigator.clipboard.writeText(token);
      target.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(shown); // where the browser allows no clipboard: plain http
    }
  };
  const shown = h("code", { class: "token", tabindex: 0, text: token });
  return h("div", { class: "card stack once" }, h("p", {}, h("b", { text: `${name}’s token. ` }), "It is shown this once: pass it on now."),
    h("div", { class: "row wrap" }, shown, h("button", { onclick: copy, text: "Copy" })));
}

/** Items that two people answered differently, to be settled by a third look. */
class Differences {
  constructor({ signal }) {
    this.signal = signal;
    this.choice = h("select", { "aria-label": "What is sought", onchange: () => this.#show() });
    this.told = h("p", { class: "soft" });
    this.cards = h("div", { class: "differ" });
    this.element = h("section", { class: "stack", "aria-label": "Disagreements" }, h("div", { class: "row wrap" }, h("h2", { text: "Where answers differ" }), this.choice), this.told, this.cards);
  }

  /** Read anew once the settling answer is kept; where it is refused, the bar at the top says why. */
  #settled({ detail: { act } }) {
    if (act.id === this.settling) this.#show().catch((error) => toast(error.message, { kind: "error" }));
  }

  async open() {
    for (const kind of ["kept", "refused"]) queue.addEventListener(kind, (event) => this.#settled(event), { signal: this.signal });
    const { concepts: all } = await get("/api/concepts", { signal: this.signal });
    this.choice.append(...all.map(({ name }) => h("option", { value: name, text: name })));
    this.choice.hidden = all.length < 2;
    this.element.hidden = !all.length;
    if (all.length) await this.#show();
  }

  async #show() {
    const name = this.choice.value;
    const told = await get(`${concepts(name)}/disagreements`, { signal: this.signal });
    if (name !== this.choice.value) return;
    this.told.textContent = agreement(told);
    clear(this.cards).append(...told.items.map((item) => this.#card(name, item)));
  }

  #card(name, { chip, says }) {
    const settle = (value) => {
      for (const button of buttons) button.disabled = true;
      this.settling = queue.add({ concept: name, kind: "answers", body: { answers: [{ item: chip.item, round: null, value, box: null }] } });
    };
    const buttons = CHOICES.map((value) => h("button", { class: `say ${VALUES[value]}`, onclick: () => settle(value) }, icon(VALUES[value]), SAID[VALUES[value]]));
    const where = `${shortName(chip.source.name)}${chip.source.kind === "image" ? "" : ` at ${clock(chip.seconds)}`}`;
    return h("article", { class: "card stack", "aria-label": where },
      h("button", { class: "shot", "aria-label": `Play ${where}`, onclick: () => playChip(chip) }, h("img", { src: frame(chip, 640), alt: "", loading: "lazy" }), h("span", { class: "over" }, icon("play"))),
      h("p", { class: "small soft", text: where }), h("ul", { class: "says" }, says.map(said)), h("div", { class: "row" }, buttons));
  }
}

function said({ by, value }) {
  const name = VALUES[value];
  return h("li", { class: `said ${name}` }, icon(name), h("b", { text: by }), SAID[name]);
}

function agreement({ both, share, kappa, items }) {
  if (!both) return "Nothing was asked of two people yet. raravis serve --double 0.1 asks a tenth of the items of a second person.";
  const sure = kappa === null ? "" : `, Cohen’s κ ${kappa.toFixed(2)}`;
  return `${plural(both, "item")} asked of two people: ${percent(share)} alike${sure}. ${items.length ? `${count(items.length)} to settle:` : "Nothing to settle."}`;
}
