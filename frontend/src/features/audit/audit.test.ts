import { describe, expect, it } from 'vitest'

import { word } from './chain'
import { asked, filtersOf } from './filters'

describe('filters of the log', () => {
  it('come from the address, and nothing else does', () => {
    expect(filtersOf({ action: 'client.created', user: '', tab: 'x', since: ['a', 'b'] })).toEqual({ action: 'client.created' })
  })
  it('both days are part of what is shown', () => {
    const { since, until } = asked({ since: '2026-02-27', until: '2026-02-28' })
    expect(since).toBe(new Date(2026, 1, 27).toISOString())
    expect(until).toBe(new Date(2026, 2, 1).toISOString())
  })
  it('what is no day is not asked', () => {
    expect(asked({ since: 'yesterday', action: 'x' })).toEqual({ action: 'x' })
  })
})

describe('the chain', () => {
  const head = { seq: 9, hash: 'a', sealed_at: '2026-01-01T00:00:00Z' }
  const verified = { at: '2026-01-01T00:00:00Z', user_id: null, after: 0, to: 9, hash: 'a', complete: true, faults: 0 }
  const state = { head, unsealed: 0, anchored: null, verified }
  it('is whole only when all of it was looked at and nothing was wrong', () => {
    expect(word(state)).toBe('whole')
    expect(word({ ...state, verified: { ...verified, complete: false } })).toBe('partly')
    expect(word({ ...state, verified: { ...verified, faults: 1 } })).toBe('broken')
    expect(word({ ...state, verified: null })).toBe('unverified')
    expect(word({ ...state, head: null, verified: null })).toBe('empty')
  })
})
