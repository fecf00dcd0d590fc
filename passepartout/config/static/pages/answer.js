// One question and its answer: numbered citations, or the plain admission that nothing is known.

import { el, icon } from "./elements.js";
import { copyButton } from "./problems.js";
import { known, percent, t } from "./texts.js";
import { openCitation } from "./viewer.js";

const LABEL = /(\[DOC:[^\]\s]+\])/;
const NEAREST = 3;

export function card(question, ...content) {
  return el("article", { class: "exchange" }, el("h2", { class: "asked" }, question), ...content);
}

export const waiting = () =>
  el("div", { class: "thinking" }, el("p", { class: "hint" }, t("ask.thinking")),
    el("span", { class: "line" }), el("span", { class: "line" }), el("span", { class: "line short" }));

// `exchange` is the API's answer; a kept message has the same fields, without `sources`.
export function answered(question, exchange, { rephrase }) {
  const { citations, sentences = [], stopped, status } = exchange;
  const ended = status === "interrupted" ? t("ask.interrupted") : (stopped || status === "stopped") && t("ask.stopped");
  if (!citations.length && !sentences.length && !ended) return unknown(question, exchange, rephrase);
  const doubts = sentences.filter(({ grounded }) => !grounded).length;
  return [
    el("p", { class: "answer" }, ...(sentences.length ? checked(exchange) : labelled(exchange))),
    ended && el("p", { class: "hint" }, ended),
    doubts > 0 && el("p", { class: "doubts hint" }, t("ask.doubts", { n: doubts })),
    el("ol", { class: "citations", "aria-label": t("ask.sources") }, exchange.citations.map((citation, at) => source(citation, at + 1))),
    made(exchange),
  ];
}

// Each sentence with the numbers of its citations; one that the documents do not carry is marked.
function checked({ sentences, citations }) {
  return sentences.flatMap(({ text, grounded, reason, citations: numbers }) => [
    grounded ? text : doubtful(text, reason),
    ...numbers.map((at) => mark(citations[at], at + 1)),
    " ",
  ]);
}

function doubtful(text, reason) {
  const why = t(known(`ask.doubt.${reason}`) ? `ask.doubt.${reason}` : "ask.doubt.other");
  return el("span", { class: "doubtful", title: why }, text, el("span", { class: "unseen" }, ` (${why})`));
}

// The labels in the text become numbers. The same passage may be quoted twice: its labels are taken in order.
function labelled({ answer, citations }) {
  const left = citations.map((citation, at) => ({ citation, number: at + 1 }));
  return answer.split(LABEL).map((piece) => {
    if (!LABEL.test(piece)) return piece;
    const at = left.findIndex(({ citation }) => citation.label === piece);
    if (at < 0) return "";
    const [{ citation, number }] = left.splice(at, 1);
    return mark(citation, number);
  });
}

const mark = (citation, number) =>
  el("button", {
    type: "button", class: "mark", onclick: () => openCitation(citation),
    "aria-label": t("ask.citation", { n: number, title: citation.title, page: citation.page }),
  }, String(number));

function source(citation, number) {
  return el("li", {},
    el("button", { type: "button", class: "source", onclick: () => openCitation(citation) },
      el("span", { class: "number", "aria-hidden": "true" }, String(number)),
      el("span", { class: "source-text" }, ...named(citation), el("q", {}, citation.quote.replace(/\s+/g, " ")))));
}

function named({ title, page, part, boxes }) {
  const place = boxes?.length === 0 ? t("ask.part", { n: part }) : t("ask.page", { n: page });
  return [el("span", { class: "source-title" }, el("strong", {}, title), ` · ${place}`)];
}

function made({ engine, model, confidence, fallback_reason: reason }) {
  const named = known(`ask.engine.${engine}`) ? `ask.engine.${engine}` : "ask.engine.other";
  const name = t(named, { name: model || engine });
  return el("p", { class: "made hint" },
    el("span", { class: "confidence" },
      el("meter", { min: "0", max: "1", value: String(confidence), "aria-hidden": "true" }),
      t("ask.confidence", { percent: percent(confidence) })),
    el("span", {}, name),
    reason && reason !== "model_not_configured" && el("span", { class: "fallback" }, t("ask.fallback")));
}

function unknown(question, { sources = [], forbidden }, rephrase) {
  const places = new Map(sources.toReversed().map((found) => [`${found.document} ${found.page}`, found]));
  const nearest = [...places.values()].reverse().slice(0, NEAREST);
  return [
    el("div", { class: "unknown" },
      el("span", { class: "unknown-icon" }, icon("question")),
      el("div", {},
        el("h3", {}, t("ask.unknown_title")),
        el("p", {}, t("ask.unknown")),
        forbidden && el("p", { class: "forbidden" }, t("ask.forbidden")),
        el("div", { class: "actions" },
          el("button", { type: "button", class: "secondary", onclick: () => rephrase(question) }, t("ask.rephrase")),
          copyButton(t("ask.copy"), t("ask.copied"), question)))),
    nearest.length > 0 && el("div", { class: "near" },
      el("h3", {}, t("ask.near")),
      el("ul", { class: "citations" }, nearest.map((found) =>
        el("li", {}, el("button", { type: "button", class: "source", onclick: () => openCitation(found) },
          el("span", { class: "source-text" }, ...named(found))))))),
  ];
}
