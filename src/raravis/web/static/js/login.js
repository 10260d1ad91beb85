// Who is there: the session, and the page that asks for a token.

import { get, post } from "./api.js";
import { clear, h } from "./dom.js";

/** The session, or null where a token is needed; a `#token=…` in the address is handed in and leaves it. */
export async function session() {
  const given = /^#token=(.+)$/.exec(location.hash);
  if (given) {
    history.replaceState(null, "", location.pathname);
    await post("/api/session", { token: decodeURIComponent(given[1]) }).catch(refused);
  }
  return get("/api/session").catch(refused);
}

function refused(error) {
  if ([401, 403].includes(error.status)) return null;
  throw error;
}

/** Shows the log-in page in `main` until a token is taken. */
export function login(main) {
  return new Promise((resolve) => {
    const token = h("input", {
      type: "password",
      id: "token",
      autocomplete: "current-password",
      required: true,
      autofocus: true,
    });
    const wrong = h("p", { class: "wrong", role: "alert" });
    const enter = async (event) => {
      event.preventDefault();
      try {
        await post("/api/session", { token: token.value.trim() });
        resolve(await get("/api/session"));
      } catch (error) {
        wrong.textContent = error.status === 401 ? "This token is not known here." : error.message;
        token.select();
      }
    };
    clear(main).append(
      h(
        "div",
        { class: "login" },
        h("h1", { text: "Welcome" }),
        h(
          "form",
          { onsubmit: enter },
          h("label", { for: "token", text: "Your token" }),
          token,
          wrong,
          h("button", { class: "primary", text: "Come in" }),
          h("p", { class: "soft small", text: "Whoever runs this project makes tokens: raravis user add NAME" }),
        ),
      ),
    );
    token.focus();
  });
}
