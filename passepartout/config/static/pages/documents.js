// The list of documents: its four states, and the actions on each.

import { json, signedLink } from "./api.js";
import { el } from "./elements.js";
import { Problem, panel } from "./problems.js";
import { advance, row } from "./row.js";
import { t } from "./texts.js";
import { toast } from "./toasts.js";
import { openDocument } from "./viewer.js";
import { forget, moving, watch } from "./watch.js";

const list = document.getElementById("documents");
const foot = document.getElementById("documents-foot");
const count = document.getElementById("count");
const alarm = document.getElementById("alarm");
const spoken = document.getElementById("spoken");
const QUEUED = { status: "indexed", step: "", progress: { done: 0, total: 0 } };
let next = null;

export async function load(address = "documents/") {
  foot.replaceChildren();
  try {
    const page = await json(address);
    if (address === "documents/") list.replaceChildren();
    list.append(...page.results.map(drawn));
    next = page.next && pathOf(page.next);
    if (next) foot.append(el("button", { type: "button", class: "secondary", onclick: () => load(next) }, t("documents.more")));
    settle();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    list.querySelectorAll(".skeleton").forEach((node) => node.remove());
    foot.append(panel(error, { retry: () => load(address) }));
  } finally {
    list.removeAttribute("aria-busy");
  }
}

// A document that has just arrived, or come back: on top.
export function put(found) {
  node(found.id)?.remove();
  list.prepend(drawn(found));
  settle();
}

const node = (id) => list.querySelector(`[data-id="${CSS.escape(id)}"]`);

// The address behind a proxy may name another host than ours.
function pathOf(address) {
  const { pathname, search } = new URL(address);
  return pathname + search;
}

function drawn(found) {
  if (moving(found)) follow(found);
  return row(found, acts(found));
}

function replace(found) {
  const old = node(found.id);
  if (!old) return;
  const focused = old.contains(document.activeElement);
  const fresh = drawn(found);
  old.replaceWith(fresh);
  if (focused) fresh.querySelector("button, summary")?.focus();
}

function remove(id) {
  forget(id);
  node(id)?.remove();
  settle();
}

function settle() {
  const rows = list.querySelectorAll(".row").length;
  list.querySelector(".empty")?.remove();
  count.textContent = rows && !next ? t("documents.count", { n: rows }) : "";
  if (!rows) list.append(el("li", { class: "empty" }, el("p", {}, el("strong", {}, t("documents.empty_title"))), el("p", {}, t("documents.empty"))));
}

function follow(found) {
  watch(found, {
    moved: (progress) => { const at = node(found.id); if (at) advance(at, found.title, progress); },
    ended: (last) => (last ? arrived(last) : remove(found.id)),
  });
}

function arrived(found) {
  replace(found);
  spoken.textContent = found.error ? `${found.title}, ${t(`status.${found.status}`)}` : t("documents.ready", { title: found.title });
}

function acts(found) {
  return {
    open: () => openDocument(found),
    download: () => attempt(() => download(found)),
    retry: () => attempt(async () => replace(await act(found, "retry"))),
    reindex: () => attempt(() => reindex(found)),
    delete: () => attempt(() => erase(found)),
  };
}

const act = (found, action) => json(`documents/${found.id}/actions/${action}/`, { method: "POST" });

async function reindex(found) {
  const now = await act(found, "reindex");
  advance(node(found.id), found.title, QUEUED);
  toast(t("toast.reindexing", { title: found.title }));
  follow(now);
}

async function erase(found) {
  await act(found, "delete");
  const beside = node(found.id)?.nextElementSibling ?? node(found.id)?.previousElementSibling;
  remove(found.id);
  (beside?.querySelector("button, summary") ?? document.getElementById("files")).focus();
  toast(t("toast.deleted", { title: found.title }), { label: t("toast.undo"), action: () => attempt(() => restore(found)) });
}

async function restore(found) {
  const back = await act(found, "restore");
  await load(); // it takes its old place
  toast(t("toast.restored", { title: back.title }));
}

export async function download(found) {
  const link = el("a", { href: await signedLink(`documents/${found.id}/file/`), download: found.original_filename });
  link.click();
}

async function attempt(work) {
  alarm.replaceChildren();
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    alarm.replaceChildren(panel(error, { retry: error.temporary && (() => attempt(work)), dismiss: () => {} }));
    alarm.scrollIntoView({ block: "nearest" });
  }
}
