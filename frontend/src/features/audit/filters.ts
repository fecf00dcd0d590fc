// What the log is narrowed by, in the page's address and as the API takes it.

import type { LocationQuery } from 'vue-router'

export const FIELDS = ['action', 'object_type', 'object_id', 'user', 'since', 'until'] as const
export type Field = (typeof FIELDS)[number]
export type Filters = Partial<Record<Field, string>>

const DAY = /^\d{4}-\d{2}-\d{2}$/

export function filtersOf(query: LocationQuery): Filters {
  const found = FIELDS.map(field => [field, query[field]] as const).filter(([, value]) => typeof value === 'string' && value !== '')
  return Object.fromEntries(found)
}

/** Days, of the reader's own clock, become moments: both are part of what is shown. */
export function asked(filters: Filters): Filters {
  const { since, until, ...rest } = filters
  return {
    ...rest,
    ...(since && DAY.test(since) ? { since: moment(since, 0) } : {}),
    ...(until && DAY.test(until) ? { until: moment(until, 1) } : {}),
  }
}

function moment(day: string, later: number): string {
  const [year, month, date] = day.split('-').map(Number)
  return new Date(year!, month! - 1, date! + later).toISOString()
}
