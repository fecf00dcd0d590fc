import { describe, expect, it } from 'vitest'

import { standing } from './standing'

const facts = { status: 'pending_approval', kind: 'write', requester: 'alice', allowed_actions: ['cancel'], refusal: null } as const

describe('where a proposal stands for its reader', () => {
  it('one\'s own change is decided by somebody else', () => {
    expect(standing({ ...facts, allowed_actions: ['cancel'] }, 'alice')).toBe('own')
  })
  it('who may not decide hears that it waits', () => {
    expect(standing({ ...facts, kind: 'read', allowed_actions: ['cancel'] }, 'alice')).toBe('elsewhere')
  })
  it('who may decide needs no word, unless it came back', () => {
    expect(standing({ ...facts, allowed_actions: ['approve', 'reject'] }, 'bob')).toBeNull()
    expect(standing({ ...facts, allowed_actions: ['approve'], refusal: { code: 'sql_stale', detail: 'x' } }, 'bob')).toBe('returned')
  })
  it('what is approved runs when somebody says so', () => {
    expect(standing({ ...facts, status: 'approved', allowed_actions: ['execute'] }, 'alice')).toBe('ready')
    expect(standing({ ...facts, status: 'approved', allowed_actions: [] }, 'dora')).toBeNull()
    expect(standing({ ...facts, status: 'executed', allowed_actions: [] }, 'alice')).toBeNull()
  })
})
