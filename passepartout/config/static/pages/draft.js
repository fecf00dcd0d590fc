// An answer while it is written: plain text that grows, and a button that stops it.

import { json } from "./api.js";
import { el } from "./elements.js";
import { Problem, unreachable } from "./problems.js";
import { t } from "./texts.js";

const LABELS = /\s*\[DOC:[^\]]*\]?/g;

// Reads events until the answer is whole, and gives it. `place` is replaced by what has been said so far.
export async function written(events, place) {
  const text = el("p", { class: "answer draft" });
  let said = "";
  for await (const { event, data } of events) {
    if (event === "sources") place.append(stopButton(data.message));
    else if (event === "delta") {
      said = data.replace ? data.text : said + data.text;
      text.textContent = said.replace(LABELS, "");
      if (!text.isConnected) place.prepend(text);
      place.querySelectorAll(".hint, .line").forEach((node) => node.remove());
    } else if (event === "waiting") {
      const hint = place.querySelector(".hint");
      if (hint) hint.textContent = t("ask.queued", { position: data.position, n: Math.ceil(data.eta_seconds) });
    } else if (event === "final") return data;
    else if (event === "error") throw new Problem({ ...data, requestId: data.request_id });
  }
  throw unreachable();
}

function stopButton(message) {
  const button = el("button", { type: "button", class: "secondary stop", onclick: stop }, t("ask.stop"));
  async function stop() {
    button.disabled = true;
    await json(`ask/${encodeURIComponent(message)}/stop/`, { method: "POST" }).catch((error) => {
      if (!(error instanceof Problem)) throw error;
      button.disabled = false;
    });
  }
  return button;
}
