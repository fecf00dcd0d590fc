// Short messages at the edge, with at most one thing to do about them.

import { el, icon } from "./elements.js";
import { t } from "./texts.js";

const LASTS = 12_000;
const place = document.getElementById("toasts");

export function toast(text, { label, action } = {}) {
  const note = el("div", { class: "toast" }, el("p", {}, text));
  if (action) note.append(el("button", { type: "button", class: "toast-action", onclick: () => { note.remove(); action(); } }, label));
  note.append(el("button", { type: "button", class: "square", "aria-label": t("errors.dismiss"), onclick: () => note.remove() }, icon("close")));
  place.replaceChildren(note);
  expire(note);
}

// It waits while somebody points at it or has the focus in it.
function expire(note) {
  setTimeout(() => (note.matches(":hover, :focus-within") ? expire(note) : note.remove()), LASTS);
}
