import { describe, expect, it } from 'vitest'

import { destination } from '@/features/account/destination'
import { engines } from '@/features/home/engines'
import { steps } from '@/features/home/checklist'
import { preferred } from '@/app/language'
import { may } from '@/app/me'

import { sizeOf } from './useNumbers'
import { relative } from './useTimes'

describe('after signing in', () => {
  it.each(['https://evil.example/', '//evil.example/', 'javascript:alert(1)', '/login/?next=/', undefined, ['a']])('%s leads home', (wanted) => {
    expect(destination(wanted, 'http://localhost')).toBe('/')
  })
  it('a page of this site is gone back to', () => {
    expect(destination('/documents?status=failed', 'http://localhost')).toBe('/documents?status=failed')
  })
})

describe('words for the reader', () => {
  const now = Date.parse('2026-01-02T12:00:00Z')
  it.each([['2026-01-02T11:59:50Z', 'maintenant'], ['2026-01-02T11:57:00Z', 'il y a 3 minutes'], ['2026-01-01T12:00:00Z', 'hier']])('%s is %s', (at, words) => {
    expect(relative(at, now, 'fr')).toBe(words)
  })
  it('sizes are read at a glance', () => {
    expect(sizeOf(0, 'en')).toBe('0 bytes')
    expect(sizeOf(1_500_000, 'en')).toBe('1.5 MB')
  })
  it.each([[null, ['en-GB'], 'en'], ['fr', ['en'], 'fr'], [null, ['de', 'en'], 'en'], ['xx', [], 'fr']] as const)('chosen %s, offered %s: %s', (chosen, offered, code) => {
    expect(preferred(chosen, offered)).toBe(code)
  })
})

describe('what somebody may', () => {
  const me = { abilities: { documents: ['read'] } } as never
  it('follows the abilities that the server says', () => {
    expect(may(me, 'documents:read')).toBe(true)
    expect(may(me, 'documents:write')).toBe(false)
    expect(may(me, 'audit:read')).toBe(false)
    expect(may(undefined, 'audit:read')).toBe(false)
    expect(may(undefined, undefined)).toBe(true)
  })
})

describe('home', () => {
  it('ticks a step when it is done', () => {
    const limit = (resource: string, used: number) => ({ resource, used, limit: 9, percent: 1, resets_at: null })
    const found = steps({ limits: [limit('documents', 2), limit('members', 1)], asked: true, model: 'off' })
    expect(found.filter(step => step.done).map(step => step.key)).toEqual(['administrator', 'document', 'question'])
  })
  it('says which engine falls back and which is down', () => {
    const found = engines({ status: 'unavailable', parts: { embeddings: 'ConnectError', objects: 'ok', queue: 'ConnectionError' }, optional: { language_model: 'off' } })
    expect(found.map(engine => engine.state)).toEqual(['fallback', 'fallback', 'ready', 'down'])
  })
})
