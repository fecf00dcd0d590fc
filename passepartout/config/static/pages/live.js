// The socket on which the server says what happens. It says ids only: whoever hears of one asks for it.
// Without it everything works, by asking again and again.

import { json } from "./api.js";
import { Problem } from "./problems.js";

const PAUSES = [1_000, 2_000, 5_000, 15_000, 30_000];
const TOO_MANY = 4429;
const PING = 25_000; // a socket that does not answer a ping before the next one is dead
const listeners = new Set();
let failures = 0;

const root = document.documentElement;

export const live = () => root.hasAttribute("data-live");

// `listener(message)` for each message; "ready" after each connection and "lost" after each end are messages too.
export const hear = (listener) => listeners.add(listener);

const tell = (message) => listeners.forEach((listener) => listener(message));

// Stays connected until the page is left. A session that has ended leads to the sign-in page, as any call does.
export async function connect() {
  try {
    const { ticket, path } = await json("realtime/tickets/", { method: "POST" });
    attend(new WebSocket(`${location.origin.replace("http", "ws")}${path}?ticket=${ticket}`));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    again();
  }
}

function attend(socket) {
  let answered = true;
  const pulse = setInterval(() => {
    if (!answered) socket.close();
    else if (live()) socket.send('{"type": "ping"}');
    answered = false;
  }, PING);
  socket.addEventListener("message", (event) => {
    answered = true;
    const message = JSON.parse(event.data);
    if (message.type === "ready") {
      failures = 0;
      root.toggleAttribute("data-live", true);
    }
    tell(message);
  });
  socket.addEventListener("close", (event) => {
    clearInterval(pulse);
    root.toggleAttribute("data-live", false);
    if (event.code === TOO_MANY) failures = PAUSES.length;
    tell({ type: "lost" });
    again();
  });
}

function again() {
  const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
  failures += 1;
  setTimeout(connect, pause * (0.75 + Math.random() / 2)); // not all pages at once after a restart
}
