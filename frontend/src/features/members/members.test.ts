import { describe, expect, it } from 'vitest'

import { type Member, givenBy, ordered } from './roles'

const member = (email: string, active = true) => ({ id: email, active, role: 'driver', user: { id: email, email } }) as unknown as Member

describe('members', () => {
  it('only an administrator makes administrators', () => {
    expect(givenBy('org_admin')).toContain('org_admin')
    expect(givenBy('manager')).not.toContain('org_admin')
    expect(givenBy(undefined)).not.toContain('org_admin')
  })
  it('who may sign in stands first, by name', () => {
    expect(ordered([member('z'), member('a', false), member('b')]).map(each => each.id)).toEqual(['b', 'z', 'a'])
  })
})
