// Keys of programs: what they may, until when, and how they stand.

import type { Shape } from '@/api/client'

export type ApiKey = Shape<'ApiKeyOut'>
export type Standing = 'valid' | 'expired' | 'revoked'
export type Scope = Shape<'ApiKeyInRequest'>['scopes'][number]

const DAY = 86_400_000

export function standing(key: Pick<ApiKey, 'revoked_at' | 'expires_at'>, now: number): Standing {
  if (key.revoked_at) return 'revoked'
  return Date.parse(key.expires_at) <= now ? 'expired' : 'valid'
}

/** All scopes that somebody with these abilities may hand on. */
export const scopesOf = (abilities: Record<string, string[]> | undefined): Scope[] =>
  Object.entries(abilities ?? {}).flatMap(([resource, verbs]) => verbs.map(verb => `${resource}:${verb}` as Scope)).sort()

export const inDays = (days: number, now: number): string => new Date(now + days * DAY).toISOString()
