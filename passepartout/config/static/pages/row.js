// One document in the list: what it is, where it is on its way, what may be done with it.

import { el, icon } from "./elements.js";
import { sentenceOf } from "./problems.js";
import { ago, exactly, size, t } from "./texts.js";
import { moving, share, stepOf } from "./watch.js";

const MENU = ["download", "reindex", "delete"];

// `acts` are functions by name: open, download, retry, reindex, delete. Only what `abilities` offers is drawn.
export function row(document, acts) {
  const working = moving(document);
  return el("li", { class: "row", "data-id": document.id, "data-status": document.status },
    el("span", { class: "row-icon" }, icon(document.error ? "warning" : "document")),
    el("div", { class: "row-main" },
      title(document, acts),
      el("p", { class: "hint row-facts" }, ...facts(document)),
      working && bar(document.title, { status: document.status, progress: { done: 0, total: 0 } }),
      document.error && el("p", { class: "row-error" }, sentenceOf(document.error.code)),
      document.warnings.some((code) => code.startsWith("ocr_failed")) && el("p", { class: "hint" }, t("documents.ocr_failed"))),
    document.abilities.retry && act("retry", acts, "secondary"),
    menu(document, acts));
}

// Shows a step in a row that is there already, without touching what has the focus.
export function advance(node, name, progress) {
  const main = node.querySelector(".row-main");
  let meter = main.querySelector("progress");
  if (!meter) main.append((meter = bar(name, progress)));
  meter.value = share(progress);
  node.querySelector(".row-status").textContent = t(`status.${stepOf(progress)}`);
  node.dataset.status = stepOf(progress);
}

function title(document, acts) {
  const name = document.title || document.original_filename;
  if (document.status !== "indexed") return el("p", { class: "row-title" }, name);
  return el("p", { class: "row-title" },
    el("button", { type: "button", "aria-label": t("documents.open", { title: name }), onclick: acts.open }, name));
}

function facts(document) {
  const created = new Date(document.created_at);
  return [
    el("span", { class: "row-status" }, t(`status.${document.status}`)),
    document.pages && el("span", {}, t("documents.pages", { n: document.pages })),
    el("span", {}, size(document.size)),
    el("time", { datetime: document.created_at, title: exactly(created) }, ago(created)),
    document.visibility === "private" && el("span", {}, t("documents.private")),
  ];
}

const bar = (name, progress) =>
  el("progress", { max: "1", value: String(share(progress)), "aria-label": t("documents.progress", { title: name }) });

function act(name, acts, kind) {
  return el("button", { type: "button", class: kind, "data-act": name, onclick: acts[name] }, t(`documents.${name}`));
}

function menu(document, acts) {
  const offered = MENU.filter((name) => document.abilities[name]);
  if (!offered.length) return null;
  const box = el("details", { class: "menu" },
    el("summary", { class: "square", "aria-label": t("documents.menu", { title: document.title }) }, icon("more")),
    el("div", { class: "menu-list" }, offered.map((name) => act(name, acts, "menu-item"))));
  box.addEventListener("focusout", (event) => { if (!box.contains(event.relatedTarget)) box.open = false; });
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") shut(box); });
  box.addEventListener("click", (event) => { if (event.target.closest("[data-act]")) box.open = false; });
  return box;
}

function shut(box) {
  box.open = false;
  box.querySelector("summary").focus();
}
