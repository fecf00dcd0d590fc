// Roles in the order of their reach. The two portals come with a client or a provider, not with a letter from here.

import type { Shape } from '@/api/client'

export type Member = Shape<'MemberOut'>
export type Role = Member['role']

export const GIVEN = ['org_admin', 'manager', 'concierge', 'warehouse_operator', 'driver', 'auditor'] as const satisfies Role[]

/** An administrator gives every role, a manager all but that one. */
export const givenBy = (role: Role | undefined): readonly Role[] => (role === 'org_admin' ? GIVEN : GIVEN.filter(each => each !== 'org_admin'))

/** Those who may sign in first, each by name. */
export function ordered(members: readonly Member[]): Member[] {
  const name = ({ user }: Member) => user.display_name || user.email
  return [...members].sort((one, other) => Number(other.active) - Number(one.active) || name(one).localeCompare(name(other)))
}
