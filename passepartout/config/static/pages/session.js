// Who is signed in. The access token lives in this module only; the refresh token is a cookie that scripts cannot read.

import { Problem, unreachable } from "./problems.js";
import { language } from "./texts.js";

const AUTH = "/api/v1/auth/";
const EARLY = 20_000; // renew this long before the end, so that a slow upload does not meet it
const RENEWING = "passepartout.renewing"; // since when; left behind by a page that was left in the middle
const SETTLES = 1_500; // by then the answer to a page that is gone has brought its cookie
let access = "";
let goodUntil = 0;
let renewal = null;

export async function accessToken() {
  if (!access || Date.now() > goodUntil - EARLY) await renew();
  return access;
}

// One renewal at a time, in this page and, with a lock, in all tabs: a refresh token that is used twice ends the session.
export function renew() {
  renewal ??= exclusively(refresh).finally(() => { renewal = null; });
  return renewal;
}

async function refresh() {
  const wait = Number(localStorage.getItem(RENEWING)) + SETTLES - Date.now();
  if (wait > 0 && wait <= SETTLES) await new Promise((go) => { setTimeout(go, wait); });
  localStorage.setItem(RENEWING, String(Date.now()));
  try {
    return await open("refresh/");
  } finally {
    localStorage.removeItem(RENEWING);
  }
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
  const session = await answer.json();
  access = session.access;
  goodUntil = Date.now() + session.expires_in * 1000;
  return session;
}

// Without a token: signing in, renewing, first administrator, passwords. Throws Problem.
export async function post(path, body) {
  const headers = { "Accept-Language": language, ...(body && { "Content-Type": "application/json" }) };
  const options = { method: "POST", headers, body: body && JSON.stringify(body), keepalive: true };
  // keepalive: when the reader leaves in the middle, the new cookie still arrives.
  const answer = await fetch(AUTH + path, options).catch(() => { throw unreachable(); });
  if (!answer.ok) throw await Problem.of(answer);
  return answer;
}
