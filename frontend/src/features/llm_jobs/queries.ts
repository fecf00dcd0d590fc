// What the engines were asked: page by page, one, and one asked again.

import { infiniteQueryOptions, queryOptions } from '@tanstack/vue-query'
import { type MaybeRefOrGetter, toValue } from 'vue'

import { type Shape, api, got } from '@/api/client'
import { cursorOf } from '@/api/cursor'

export type LlmJob = Shape<'LlmJobOut'>
export type Detail = Shape<'LlmJobDetailOut'>
export type Replay = Shape<'ReplayOut'>
export type Difference = Shape<'DifferenceOut'>

export interface Filters { purpose?: string, status?: LlmJob['status'] }

export const jobsQuery = (filters: MaybeRefOrGetter<Filters>) => infiniteQueryOptions({
  queryKey: ['llm_jobs', 'list', filters],
  queryFn: ({ pageParam }) => got(api.GET('/api/v1/llm-jobs/', {
    params: { query: { ...toValue(filters), cursor: pageParam || undefined, page_size: 30 } },
  })),
  initialPageParam: '',
  getNextPageParam: page => cursorOf(page.next),
})

export const jobQuery = (id: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['llm_jobs', 'one', id],
  queryFn: () => got(api.GET('/api/v1/llm-jobs/{id}/', { params: { path: { id: toValue(id) } } })),
})

export const replay = (id: string): Promise<Replay> =>
  got(api.POST('/api/v1/llm-jobs/{id}/replay/', { params: { path: { id } } }))
