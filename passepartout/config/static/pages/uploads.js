// Files on their way up, two at a time, each with its bar, its refusal and its second chance.

import { upload } from "./api.js";
import { put } from "./documents.js";
import { el, fill, icon } from "./elements.js";
import { Problem } from "./problems.js";
import { size, t } from "./texts.js";
import { toast } from "./toasts.js";

const AT_ONCE = 2;
const EXISTED = 200;
const list = document.getElementById("uploads");
const waiting = [];
let running = 0;

export function takeFiles() {
  const input = document.getElementById("files");
  input.addEventListener("change", () => {
    add(input.files);
    input.value = ""; // the same file may be chosen again
  });
  // Anywhere on the page, so that a near miss does not open the file in the reader's place.
  addEventListener("dragover", (event) => { if (carriesFiles(event)) { event.preventDefault(); dragging(true); } });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) dragging(false); });
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    dragging(false);
    add(event.dataTransfer.files);
  });
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
const dragging = (on) => document.body.classList.toggle("dragging", on);

function add(files) {
  for (const file of files) queue(file);
}

function queue(file) {
  const item = el("li", { class: "row" });
  list.append(item);
  waiting.push({ file, item, stop: new AbortController() });
  draw(waiting.at(-1));
  start();
}

function start() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    send(waiting.shift()).finally(() => { running -= 1; start(); });
  }
}

function draw({ file, item, stop }) {
  fill(item,
    el("span", { class: "row-icon" }, icon("document")),
    el("div", { class: "row-main" },
      el("p", { class: "row-title" }, file.name),
      el("p", { class: "hint row-facts" }, el("span", {}, t("documents.uploading")), el("span", {}, size(file.size))),
      el("progress", { max: "1", value: "0", "aria-label": t("documents.progress", { title: file.name }) })),
    el("button", { type: "button", class: "square", "aria-label": t("documents.cancel", { title: file.name }), onclick: () => { stop.abort(); item.remove(); } }, icon("close")));
}

async function send({ file, item, stop }) {
  if (stop.signal.aborted) return;
  const form = new FormData();
  form.append("file", file);
  const told = (share) => { item.querySelector("progress").value = share; };
  try {
    const answer = await upload("documents/", form, { told, signal: stop.signal });
    item.remove();
    put(answer.body);
    if (answer.status === EXISTED) toast(t("toast.already", { title: answer.body.title }));
  } catch (error) {
    if (error instanceof Problem) refused(file, item, error);
    else if (error.name !== "AbortError") throw error;
  }
}

function refused(file, item, problem) {
  fill(item,
    el("span", { class: "row-icon" }, icon("warning")),
    el("div", { class: "row-main" },
      el("p", { class: "row-title" }, file.name),
      el("p", { class: "row-error", role: "alert" }, problem.sentence),
      problem.requestId && el("p", { class: "hint" }, t("errors.request", { id: problem.requestId }))),
    problem.temporary && el("button", { type: "button", class: "secondary", onclick: () => { item.remove(); queue(file); } }, t("errors.retry")),
    el("button", { type: "button", class: "square", "aria-label": t("errors.dismiss"), onclick: () => item.remove() }, icon("close")));
  item.dataset.status = "failed";
}
