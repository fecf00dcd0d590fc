// The question box and the conversation below it, newest first. The address remembers the conversation.

import { answered, card, waiting } from "./answer.js";
import { call, json } from "./api.js";
import { written } from "./draft.js";
import { events } from "./events.js";
import { Problem, panel, unreachable } from "./problems.js";
import { t } from "./texts.js";

const form = document.getElementById("ask");
const field = document.getElementById("question");
const exchanges = document.getElementById("exchanges");
const empty = document.getElementById("ask-empty");
const spoken = document.getElementById("spoken");
const fresh = document.getElementById("new-conversation");
let conversation = new URLSearchParams(location.search).get("c");

export async function takeQuestions() {
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  fresh.addEventListener("click", begin);
  if (conversation) await recall();
}

function submit() {
  const question = field.value.trim();
  if (!question || form.hasAttribute("aria-busy")) return;
  field.value = "";
  ask(question, show(card(question)));
}

async function ask(question, exchange) {
  busy(true);
  const pause = waiting();
  const leaving = new AbortController(); // a page that is kept for "back" would go on listening, and the model speaking
  addEventListener("pagehide", () => leaving.abort(), { once: true });
  exchange.append(pause);
  try {
    const stream = await call("ask/stream/", { method: "POST", body: { question, conversation }, signal: leaving.signal });
    const answer = await written(events(stream.body), pause);
    remember(answer.conversation);
    pause.replaceWith(...content(question, answer));
    const n = answer.citations.length;
    spoken.textContent = answer.sentences.length ? t("ask.ready", { n }) : t("ask.unknown_ready");
  } catch (error) {
    if (error.name === "AbortError") return; // the reader has left
    if (!(error instanceof Problem) && error.name !== "TypeError") throw error;
    const problem = error instanceof Problem ? error : unreachable(); // the stream was cut
    pause.replaceWith(panel(problem, { retry: () => ask(question, exchange) }));
  } finally {
    busy(false);
  }
}

const content = (question, answer) => answered(question, answer, { rephrase }).filter(Boolean);

function show(exchange) {
  empty.hidden = true;
  exchanges.prepend(exchange);
  return exchange;
}

function busy(on) {
  form.toggleAttribute("aria-busy", on);
  form.querySelector("[type=submit]").disabled = on;
}

function rephrase(question) {
  field.value = question;
  field.focus();
  field.scrollIntoView({ block: "center" });
}

function remember(ident) {
  conversation = ident;
  const address = new URL(location.href);
  if (ident) address.searchParams.set("c", ident);
  else address.searchParams.delete("c");
  history.replaceState(null, "", address);
  fresh.hidden = !ident;
}

function begin() {
  remember(null);
  exchanges.replaceChildren(empty);
  empty.hidden = false;
  field.focus();
}

// What was asked before in this conversation; one that is gone is simply left.
async function recall() {
  try {
    const messages = await json(`conversations/${encodeURIComponent(conversation)}/messages/`);
    remember(conversation);
    messages.forEach((message, at) => {
      if (message.role !== "assistant") return;
      const question = messages[at - 1]?.text ?? "";
      show(card(question, ...content(question, { ...message, answer: message.text })));
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 404) remember(null);
    else exchanges.prepend(panel(error, { retry: recall }));
  }
}
