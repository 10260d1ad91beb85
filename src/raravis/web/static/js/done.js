// "Done", where `raravis find` waits at a terminal for answers enough.

import { get, post } from "./api.js";
import { clear, h, toast } from "./dom.js";
import { queue } from "./queue.js";

/** A button in `place` that ends the asking, for an admin and where there is something that waits for it. */
export async function offerDone(place, { main, concept, session, live, signal }) {
  if (session.role !== "admin") return;
  const { finding } = await get("/api/collection", { signal });
  if (finding !== concept) return;
  const title = "End the asking: what was found is written, and the server stops";
  const button = h("button", { title, onclick: () => end(button, main, live), text: "Done" });
  place.append(button);
}

async function end(button, main, live) {
  button.disabled = true;
  await queue.quiet(); // nothing said is left behind
  try {
    await post("/api/done");
  } catch (error) {
    button.disabled = false;
    return toast(error.message, { kind: "error" });
  }
  live.stop();
  const text = "What was found is being written; the terminal says where. This page can be closed.";
  clear(main).append(h("div", { class: "empty" }, h("h1", { text: "Done" }), h("p", { text })));
}
