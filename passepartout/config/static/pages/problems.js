// What went wrong, as a sentence in the reader's language, with the reference that finds it in the logs.

import { el, icon } from "./elements.js";
import { known, t } from "./texts.js";

// The server words these itself, in the reader's language.
const WORDED_BY_SERVER = new Set(["invalid", "password_weak"]);

export class Problem extends Error {
  constructor({ status = 0, code = "other", detail = "", errors = [], requestId = "", retryAfter = 0 }) {
    super(detail || code);
    Object.assign(this, { status, code, detail, errors, requestId, retryAfter });
  }

  static async of(response) {
    const body = await response.json().catch(() => ({}));
    const requestId = body.request_id ?? response.headers.get("X-Request-ID") ?? "";
    return new Problem({ ...body, status: response.status, requestId, retryAfter: waiting(response.headers.get("Retry-After")) });
  }

  get temporary() {
    return this.code === "network" || this.status === 429 || this.status >= 500;
  }

  get sentence() {
    if (WORDED_BY_SERVER.has(this.code) && this.detail) return this.errors[0]?.detail ?? this.detail;
    return sentenceOf(this.code);
  }
}

export const sentenceOf = (code) => t(known(`errors.${code}`) ? `errors.${code}` : "errors.other");

export const unreachable = () => new Problem({ code: "network" });

const waiting = (header) => (Number.parseInt(header, 10) || 0) * 1000;

// A panel with the sentence, the reference to copy, and what can be done about it.
export function panel(problem, { retry, dismiss } = {}) {
  const box = el("div", { class: "problem", role: "alert" },
    icon("warning"),
    el("div", { class: "problem-text" },
      el("p", {}, el("strong", {}, t("errors.heading"))),
      el("p", {}, problem.sentence),
      problem.requestId && el("p", { class: "hint" }, t("errors.request", { id: problem.requestId }))),
    el("div", { class: "problem-actions" },
      retry && el("button", { type: "button", class: "secondary", onclick: () => { box.remove(); retry(); } }, t("errors.retry")),
      problem.requestId && copyButton(t("errors.copy"), t("errors.copied"), problem.requestId),
      dismiss && el("button", { type: "button", class: "quiet", onclick: () => { box.remove(); dismiss(); } }, t("errors.dismiss"))));
  return box;
}

// Not every page is a secure context: without the clipboard the text can still be selected by hand.
export function copyButton(label, done, text) {
  if (!navigator.clipboard) return null;
  const button = el("button", { type: "button", class: "quiet" }, label);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = done;
  });
  return button;
}
