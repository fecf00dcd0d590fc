// Calls to the API as whoever is signed in, typed by docs/reference/openapi.yaml.

import createClient from 'openapi-fetch'

import { language } from '@/app/language'

import { hadSession, sessionBegan, signedInAgain } from './expiry'
import { organizationHeader } from './organization'
import { Problem, asProblem } from './problem'
import type { components, paths } from './schema'
import { accessToken, renew } from './session'

/** A shape of the API by its name: ``Shape<'DocumentOut'>``. */
export type Shape<Name extends keyof components['schemas']> = components['schemas'][Name]

/** ``api.GET('/api/v1/documents/{id}/', { params: { path: { id } } })``; see `got` for its answer. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorized })

/** The body of a successful answer. Throws Problem. */
export async function got<Body>(call: Promise<{ data?: Body, response: Response }>): Promise<Body> {
  const { data } = await call
  return data as Body // `authorized` has thrown for every other answer
}

/** Any call, signed in: adds token, organization and language. Throws Problem when the answer is no success. */
export async function authorized(request: Request): Promise<Response> {
  const spare = request.clone()
  let answer = await carry(request)
  if (answer.status === 401) {
    await unlessEnded(renew)
    answer = await carry(spare)
  }
  if (!answer.ok) throw await Problem.of(answer)
  return answer
}

async function carry(request: Request): Promise<Response> {
  request.headers.set('Authorization', `Bearer ${await unlessEnded(accessToken)}`)
  request.headers.set('Accept-Language', language.value)
  for (const [name, value] of Object.entries(organizationHeader)) request.headers.set(name, value)
  return fetch(request).catch((error) => {
    throw error.name === 'AbortError' ? error : Problem.unreachable()
  })
}

/** What ``work`` gives; where the session has ended under a working page, once its reader has signed in again. */
async function unlessEnded<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    const result = await work()
    sessionBegan()
    return result
  } catch (error) {
    if (!asProblem(error).signedOut || !hadSession()) throw error
    await signedInAgain()
    return work()
  }
}
