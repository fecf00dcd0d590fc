// Calls to the API as whoever is signed in.

import { organizationHeader } from "./organizations.js";
import { Problem, unreachable } from "./problems.js";
import { accessToken, leave, renew } from "./session.js";
import { language } from "./texts.js";

const ROOT = "/api/v1/";

// The Response of a call. A token that ended is renewed once; without a session the reader goes to sign in.
export async function call(path, { method = "GET", body, signal } = {}) {
  for (const attempt of [1, 2]) {
    const headers = { Authorization: `Bearer ${await token()}`, "Accept-Language": language, ...organizationHeader };
    if (body) headers["Content-Type"] = "application/json";
    const options = { method, headers, body: body && JSON.stringify(body), signal };
    const answer = await fetch(absolute(path), options).catch((error) => {
      throw error.name === "AbortError" ? error : unreachable();
    });
    if (answer.ok) return answer;
    if (answer.status !== 401) throw await Problem.of(answer);
    if (attempt === 1) await renew().catch(signedOut);
  }
  return leave();
}

export async function json(path, options) {
  const answer = await call(path, options);
  return answer.status === 204 ? null : answer.json();
}

// The address that fetches a file without a header for a few minutes.
export async function signedLink(path) {
  const stop = new AbortController();
  const answer = await call(path, { signal: stop.signal });
  stop.abort(); // only the address was wanted
  return answer.url;
}

// `fetch` cannot tell how much was sent. `told` gets a share from 0 to 1.
export async function upload(path, form, { told, signal }) {
  const bearer = await token();
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", absolute(path));
    const headers = { Authorization: `Bearer ${bearer}`, "Accept-Language": language, ...organizationHeader };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && told(event.loaded / event.total));
    request.addEventListener("error", () => failed(unreachable()));
    request.addEventListener("abort", () => failed(new DOMException("stopped", "AbortError")));
    request.addEventListener("load", () => settle(request, done, failed));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function settle(request, done, failed) {
  const body = parsed(request.responseText);
  if (request.status < 300) done({ status: request.status, body });
  else failed(new Problem({ ...body, status: request.status, requestId: body.request_id }));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // a proxy's own error page
  }
}

const absolute = (path) => new URL(path, location.origin + ROOT).href;

const token = () => accessToken().catch(signedOut);

function signedOut(error) {
  if (error.status === 401 || error.status === 403) return leave();
  throw error;
}
