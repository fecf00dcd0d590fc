// Where documents are on their way to being answerable: told by the socket while there is one, and asked for again and
// again, while the page is in view, as long as there is none.

import { json } from "./api.js";
import { hear, live } from "./live.js";
import { Problem } from "./problems.js";

const EVERY = 1_000;
const SLOWEST = 15_000;
const AT_ONCE = 6; // the others wait: they are behind these in the queue anyway
const MOVING = new Set(["uploaded", "extracting", "chunking", "embedding"]);
const watched = new Map();
let delay = EVERY;
let timer = 0;

export const moving = (document) => MOVING.has(document.status);

// `moved(progress)` for each step, `ended(document)` with its last state, or with null when it is gone.
export function watch(document, { moved, ended }) {
  watched.set(document.id, { moved, ended });
  soon(); // it may have moved before anybody listened
}

function soon() {
  clearTimeout(timer);
  timer = watched.size ? setTimeout(round, EVERY / 4) : 0;
}

hear((message) => {
  if (message.type === "ready" || message.type === "lost") return soon();
  const watcher = watched.get(message.id);
  if (!watcher) return null;
  if (message.type !== "job.progress") return look(message.id, watcher);
  return watcher.moved({ status: "indexed", step: message.step, progress: message });
});

export const forget = (id) => watched.delete(id);

async function round() {
  const wave = document.hidden ? [] : [...watched].slice(0, AT_ONCE);
  const outcomes = await Promise.all(wave.map(([id, watcher]) => look(id, watcher)));
  if (outcomes.includes(false)) delay = Math.min(delay * 2, SLOWEST);
  else delay = live() ? SLOWEST : EVERY;
  timer = watched.size ? setTimeout(round, delay) : 0;
}

// A document that is indexed again stays answerable, so "indexed", meanwhile: `running` tells that it is not done.
// False when the server could not say.
async function look(id, watcher) {
  try {
    const progress = await json(`documents/${id}/status/`);
    if (watched.get(id) !== watcher) return true;
    watcher.moved(progress);
    if (!moving(progress) && !progress.running) end(id, watcher, await json(`documents/${id}/`));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.temporary) return false;
    end(id, watcher, null);
  }
  return true;
}

function end(id, watcher, found) {
  if (watched.get(id) === watcher) watched.delete(id);
  watcher.ended(found);
}

// From 0 to 1: reading and cutting are short, embedding is most of the way.
export function share({ status, step, progress }) {
  const at = stepOf({ status, step });
  if (at === "embedding") return 0.4 + 0.6 * (progress.total ? progress.done / progress.total : 0);
  return { uploaded: 0.03, extracting: 0.12, chunking: 0.35 }[at] ?? 1;
}

export const stepOf = ({ status, step }) => (status === "indexed" ? step || "uploaded" : status);
