// The audit log, page by page, and the state of its chain.

import { infiniteQueryOptions, queryOptions } from '@tanstack/vue-query'
import { type MaybeRefOrGetter, toValue } from 'vue'

import { type Shape, api, authorized, got } from '@/api/client'
import { cursorOf } from '@/api/cursor'

import { type Filters, asked } from './filters'

export type Line = Shape<'AuditLineOut'>

export const linesQuery = (filters: MaybeRefOrGetter<Filters>) => infiniteQueryOptions({
  queryKey: ['audit', 'lines', filters],
  queryFn: ({ pageParam }) => got(api.GET('/api/v1/audit/', {
    params: { query: { ...asked(toValue(filters)), cursor: pageParam || undefined, page_size: 50 } },
  })),
  initialPageParam: '',
  getNextPageParam: page => cursorOf(page.next),
})

export const chainQuery = queryOptions({
  queryKey: ['audit', 'chain'],
  queryFn: () => got(api.GET('/api/v1/audit/verification/')),
})

/** Part after part, until the end of the chain; tells how far it is after each. Faults: one sentence each. */
export async function verify(progress: (to: number) => void): Promise<string[]> {
  const faults: string[] = []
  for (let after = 0; ;) {
    const part = await got(api.POST('/api/v1/audit/verify/', { body: { after } }))
    faults.push(...part.faults)
    progress(part.to)
    if (part.complete || part.to <= after) return faults
    after = part.to
  }
}

export async function exported(format: 'csv' | 'json', filters: Filters): Promise<Blob> {
  const words = new URLSearchParams({ ...asked(filters), format })
  return (await authorized(new Request(`${location.origin}/api/v1/audit/export/?${words}`))).blob()
}
