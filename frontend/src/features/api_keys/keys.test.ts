import { describe, expect, it } from 'vitest'

import { inDays, scopesOf, standing } from './keys'

const now = Date.parse('2026-01-02T00:00:00Z')

describe('keys of programs', () => {
  it('a revoked one is revoked, also once it has expired', () => {
    expect(standing({ revoked_at: '2026-01-01T00:00:00Z', expires_at: '2026-01-01T00:00:00Z' }, now)).toBe('revoked')
    expect(standing({ revoked_at: null, expires_at: '2026-01-02T00:00:00Z' }, now)).toBe('expired')
    expect(standing({ revoked_at: null, expires_at: '2026-01-03T00:00:00Z' }, now)).toBe('valid')
  })
  it('get no more than their maker has', () => {
    expect(scopesOf({ search: ['use'], documents: ['read', 'write'] })).toEqual(['documents:read', 'documents:write', 'search:use'])
    expect(scopesOf(undefined)).toEqual([])
  })
  it('end after so many days', () => {
    expect(inDays(1, now)).toBe('2026-01-03T00:00:00.000Z')
  })
})
