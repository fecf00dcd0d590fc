// Who is signed in. The access token lives in this module only; the refresh token is a cookie that scripts cannot read.

import { language } from '@/app/language'

import { Problem } from './problem'

const AUTH = '/api/v1/auth/'
const EARLY = 20_000 // renew this long before the end, so that a slow upload does not meet it
const RENEWING = 'passepartout.renewing' // since when; left behind by a page that was left in the middle
const SETTLES = 1_500 // by then the answer to a page that is gone has brought its cookie

let access = ''
let goodUntil = 0
let renewal: Promise<void> | null = null

/** A token that is good for some seconds more. Throws Problem. */
export async function accessToken(): Promise<string> {
  if (!access || Date.now() > goodUntil - EARLY) await renew()
  return access
}

/** One renewal at a time, in this page and, with a lock, in all tabs: a refresh token used twice ends the session. */
export function renew(): Promise<void> {
  renewal ??= exclusively(refresh).finally(() => {
    renewal = null
  })
  return renewal
}

async function refresh(): Promise<void> {
  const wait = Number(localStorage.getItem(RENEWING)) + SETTLES - Date.now()
  if (wait > 0 && wait <= SETTLES) await new Promise(go => setTimeout(go, wait))
  localStorage.setItem(RENEWING, String(Date.now()))
  try {
    await open('refresh/')
  } finally {
    localStorage.removeItem(RENEWING)
  }
}

export const signIn = (email: string, password: string) => open('token/', { email, password })

export async function signOut(): Promise<void> {
  access = ''
  await post('logout/')
}

async function exclusively(work: () => Promise<void>): Promise<void> {
  // An address that is neither https nor localhost has no locks.
  await (navigator.locks ? navigator.locks.request('passepartout.refresh', work) : work())
}

async function open(path: string, body?: object): Promise<void> {
  const session = await (await post(path, body)).json()
  access = session.access
  goodUntil = Date.now() + session.expires_in * 1000
}

/** Without a token: signing in, renewing, first administrator, passwords. Throws Problem. */
export async function post(path: string, body?: object): Promise<Response> {
  const headers: Record<string, string> = { 'Accept-Language': language.value }
  if (body) headers['Content-Type'] = 'application/json'
  // keepalive: when the reader leaves in the middle, the new cookie still arrives.
  const options = { method: 'POST', headers, body: body ? JSON.stringify(body) : null, keepalive: true }
  const answer = await fetch(AUTH + path, options).catch(() => {
    throw Problem.unreachable()
  })
  if (!answer.ok) throw await Problem.of(answer)
  return answer
}
