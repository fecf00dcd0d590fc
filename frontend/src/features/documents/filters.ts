// The filters of the list live in the address: a link shows what its sender saw, and « back » goes back.

import type { LocationQuery, LocationQueryRaw } from 'vue-router'

import { STAGES } from './stages'

export const GROUPS = {
  ready: ['indexed'],
  moving: [...STAGES],
  failed: ['failed', 'rejected'],
} as const
export type Group = keyof typeof GROUPS

export interface Filters {
  title: string
  group: Group | ''
  client: string
  project: string
  deleted: boolean
}

const one = (value: unknown): string => (typeof value === 'string' ? value : '')
const known = (value: string): value is Group => Object.hasOwn(GROUPS, value)

export function filtersOf(query: LocationQuery): Filters {
  const group = one(query.status)
  return {
    title: one(query.q),
    group: known(group) ? group : '',
    client: one(query.client),
    project: one(query.project),
    deleted: query.deleted === 'true',
  }
}

/** The address of these filters: on their first page, in the same view. */
export function addressOf(filters: Filters, present: LocationQuery): LocationQueryRaw {
  const { title: q, group: status, client, project, deleted } = filters
  const wanted = { q, status, client, project, deleted: deleted ? 'true' : '', view: one(present.view) }
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value))
}

export const isFiltered = (filters: Filters): boolean =>
  Boolean(filters.title || filters.group || filters.client || filters.project || filters.deleted)

/** The query string of the API. A deleted document has no other state. */
export function wishesOf(filters: Filters, cursor: string) {
  return {
    ...(filters.title && { title: filters.title }),
    ...(filters.group && !filters.deleted && { status: [...GROUPS[filters.group]] }),
    ...(filters.client && { client: filters.client }),
    ...(filters.project && { project: filters.project }),
    ...(filters.deleted && { deleted: 'true' as const }),
    ...(cursor && { cursor }),
    page_size: PAGE,
  }
}

const PAGE = 25

/** The cursor in an address of the next or the previous page; "" without one. */
export const cursorOf = (address: string | null | undefined): string =>
  (address ? new URL(address).searchParams.get('cursor') : null) ?? ''
