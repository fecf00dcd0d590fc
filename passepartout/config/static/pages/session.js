// Who is signed in. The access token lives in this module only; the refresh token is a cookie that scripts cannot read.

import { Problem, unreachable } from "./problems.js";
import { language } from "./texts.js";

const AUTH = "/api/v1/auth/";
const EARLY = 20_000; // renew this long before the end, so that a slow upload does not meet it
let access = "";
let goodUntil = 0;
let renewal = null;
let session = null;

export async function accessToken() {
  if (!access || Date.now() > goodUntil - EARLY) await renew();
  return access;
}

export const current = () => session;

// One renewal at a time, in this page and, with a lock, in all tabs: a refresh token that is used twice ends the session.
export function renew() {
  renewal ??= exclusively(() => open("refresh/")).finally(() => { renewal = null; });
  return renewal;
}

export const signIn = (email, password) => open("token/", { email, password });

export async function signOut() {
  access = "";
  await post("logout/");
  location.assign("/login/");
}

// To the sign-in page, and back here afterwards.
export function leave() {
  location.replace(`/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
  return new Promise(() => {}); // nothing that waits for a session goes on
}

const exclusively = (work) => (navigator.locks ? navigator.locks.request("passepartout.refresh", work) : work());

async function open(path, body) {
  const answer = await post(path, body);
  session = await answer.json();
  access = session.access;
  goodUntil = Date.now() + session.expires_in * 1000;
  return session;
}

// Without a token: signing in, renewing, first administrator, passwords. Throws Problem.
export async function post(path, body) {
  const headers = { "Accept-Language": language, ...(body && { "Content-Type": "application/json" }) };
  const options = { method: "POST", headers, body: body && JSON.stringify(body), keepalive: true };
  // keepalive: when the reader leaves in the middle, the new cookie still arrives before the old one is used again.
  const answer = await fetch(AUTH + path, options).catch(() => { throw unreachable(); });
  if (!answer.ok) throw await Problem.of(answer);
  return answer;
}
