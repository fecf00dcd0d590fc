// A document beside its citation: the page with the quoted lines marked, or the passage of a text.

import { call, json } from "./api.js";
import { el, icon, svg } from "./elements.js";
import { Problem, panel } from "./problems.js";
import { t } from "./texts.js";

const WIDEST = 2000; // pixels that the server draws
const dialog = document.getElementById("viewer");
const shown = { wish: null, place: 1, total: 1, draw: null, picture: "", loading: new AbortController() };
let download = null;

export function prepareViewer(options) {
  download = options.download;
  dialog.addEventListener("close", clear);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }); // on the backdrop
  dialog.addEventListener("keydown", (event) => {
    const step = { PageDown: 1, PageUp: -1 }[event.key];
    if (step) { event.preventDefault(); turn(step); }
  });
}

export const openDocument = ({ id, title }) => open({ document: id, title, page: 1, part: 1, boxes: [], quote: "" });

// `wish`: document, title, page, part, and perhaps boxes (points) and quote.
export const openCitation = (wish) => open({ boxes: [], quote: "", ...wish });

async function open(wish) {
  shown.wish = wish;
  frame(wish);
  dialog.showModal();
  await guarded(async () => {
    const found = await json(`documents/${wish.document}/`);
    dialog.querySelector("[data-act=download]").onclick = () => download(found);
    if (found.mime === "application/pdf" || found.mime.startsWith("image/")) await openPages(found, wish);
    else await openText(wish);
  });
}

function frame({ title, quote }) {
  const square = (name, label, onclick) =>
    el("button", { type: "button", class: "square", "data-act": name, "aria-label": label, title: label, onclick }, icon({ previous: "left", next: "right" }[name] ?? name));
  dialog.replaceChildren(
    el("header", { class: "viewer-top" },
      el("h2", { id: "viewer-title" }, title),
      el("nav", { class: "viewer-turn", hidden: true },
        square("previous", t("viewer.previous"), () => turn(-1)),
        el("span", { class: "position", "aria-live": "polite" }),
        square("next", t("viewer.next"), () => turn(1))),
      square("zoom", t("viewer.zoom"), zoom),
      square("download", t("viewer.download")),
      square("close", t("viewer.close"), () => dialog.close())),
    quote ? el("p", { class: "viewer-quote" }, el("span", { class: "unseen" }, `${t("viewer.quote")}, `), el("q", {}, quote.replace(/\s+/g, " "))) : "",
    el("div", { class: "viewer-body", tabindex: "0", role: "region", "aria-labelledby": "viewer-title" }, el("div", { class: "skeleton page" })));
}

async function openPages(found, wish) {
  Object.assign(shown, { total: found.pages ?? 1, draw: drawPage });
  dialog.querySelector(".viewer-turn").hidden = false;
  await go(wish.page);
}

async function go(place) {
  shown.place = place;
  shown.loading.abort();
  shown.loading = new AbortController();
  dialog.querySelector(".position").textContent = t("viewer.position", { n: place, total: shown.total });
  dialog.querySelector("[data-act=previous]").disabled = place <= 1;
  dialog.querySelector("[data-act=next]").disabled = place >= shown.total;
  await shown.draw(place, shown.loading.signal);
}

function turn(step) {
  const place = shown.place + step;
  if (shown.draw && place >= 1 && place <= shown.total) guarded(() => go(place));
}

async function drawPage(number, signal) {
  const { wish } = shown;
  const body = dialog.querySelector(".viewer-body");
  const answer = await call(`documents/${wish.document}/pages/${number}.png?width=${pixels(body)}`, { signal });
  const picture = URL.createObjectURL(await answer.blob());
  URL.revokeObjectURL(shown.picture);
  shown.picture = picture;
  const boxes = wish.boxes.filter((box) => box.page === number);
  const image = el("img", { src: picture, alt: t("viewer.picture", { n: number, title: wish.title }) });
  await image.decode();
  body.replaceChildren(el("figure", { class: "page" }, image, boxes.length > 0 && overlay(boxes)));
  const first = body.querySelector("rect");
  if (first) first.scrollIntoView({ block: "center", inline: "center" });
  else body.scrollTop = 0;
}

// A user unit of the drawing is a point of the page, so that boxes need no arithmetic at any zoom.
function overlay(boxes) {
  const [{ page_width: width, page_height: height }] = boxes;
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": t("viewer.marked", { n: boxes.length }) },
    boxes.map(({ x0, y0, x1, y1 }) => svg("rect", { x: x0 - 2, y: y0 - 1, width: x1 - x0 + 4, height: y1 - y0 + 2, rx: 2 })));
}

// In steps, so that a window that changes a little finds the picture in the cache.
function pixels(body) {
  const wanted = body.clientWidth * devicePixelRatio * (dialog.classList.contains("zoomed") ? 2 : 1);
  return Math.min(WIDEST, Math.max(400, Math.ceil(wanted / 200) * 200));
}

function zoom() {
  const label = dialog.classList.toggle("zoomed") ? t("viewer.fit") : t("viewer.zoom");
  const button = dialog.querySelector("[data-act=zoom]");
  button.setAttribute("aria-label", label);
  button.title = label;
  if (shown.draw) guarded(() => go(shown.place));
}

async function openText({ document: id, part, quote }) {
  const chunks = await json(`documents/${id}/chunks/`);
  const body = dialog.querySelector(".viewer-body");
  dialog.querySelector("[data-act=zoom]").hidden = true;
  if (!chunks.length) return body.replaceChildren(el("p", { class: "hint" }, t("viewer.empty")));
  Object.assign(shown, { total: chunks.length, draw: async (at) => drawPassage(body, chunks[at - 1], quote) });
  const place = chunks.findIndex((chunk) => chunk.part === part);
  if (quote && !chunks[place]?.text.includes(quote)) return body.replaceChildren(gone(quote));
  dialog.querySelector(".viewer-turn").hidden = chunks.length < 2;
  await go(Math.max(place, 0) + 1);
}

function drawPassage(body, chunk, quote) {
  const at = quote ? chunk.text.indexOf(quote) : -1;
  const text = at < 0 ? [chunk.text] : [chunk.text.slice(0, at), el("mark", {}, quote), chunk.text.slice(at + quote.length)];
  body.replaceChildren(el("div", { class: "passage" }, ...text));
  body.querySelector("mark")?.scrollIntoView({ block: "center" });
}

const gone = (quote) => el("div", { class: "passage" }, el("p", { class: "hint" }, t("viewer.changed")), el("mark", {}, quote));

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Problem)) throw error;
    dialog.querySelector(".viewer-body").replaceChildren(panel(error, { retry: () => { dialog.close(); open(shown.wish); } }));
  }
}

function clear() {
  shown.loading.abort();
  URL.revokeObjectURL(shown.picture);
  Object.assign(shown, { picture: "", draw: null });
  dialog.classList.remove("zoomed");
  dialog.replaceChildren();
}
