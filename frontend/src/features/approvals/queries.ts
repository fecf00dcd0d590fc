// Proposals: those that wait, by risk; all of them, page by page; one.

import { infiniteQueryOptions, queryOptions } from '@tanstack/vue-query'
import { type MaybeRefOrGetter, toValue } from 'vue'

import { type Shape, api, got } from '@/api/client'
import { cursorOf } from '@/api/cursor'
import { polling } from '@/composables/usePolling'

export type Line = Shape<'ProposalLine'>
export type Proposal = Shape<'ProposalOut'>
export type Action = 'approve' | 'reject' | 'execute' | 'cancel'

export const RISKS = ['high', 'medium', 'low'] as const
export type Risk = (typeof RISKS)[number]

export const STATUSES = [
  'pending_approval', 'approved', 'executing', 'executed', 'failed', 'rejected', 'cancelled', 'expired', 'invalid',
] as const
export type Status = (typeof STATUSES)[number]

export const waitingQuery = (risk: Risk) => queryOptions({
  queryKey: ['approvals', 'waiting', risk],
  queryFn: () => got(api.GET('/api/v1/proposals/', { params: { query: { status: 'pending_approval', risk, page_size: 100 } } })),
  refetchInterval: polling(),
})

export const historyQuery = (status: MaybeRefOrGetter<Status | undefined>) => infiniteQueryOptions({
  queryKey: ['approvals', 'history', status],
  queryFn: ({ pageParam }) => got(api.GET('/api/v1/proposals/', {
    params: { query: { status: toValue(status), cursor: pageParam || undefined, page_size: 30 } },
  })),
  initialPageParam: '',
  getNextPageParam: page => cursorOf(page.next),
})

export const proposalQuery = (id: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['approvals', 'one', id],
  queryFn: () => got(api.GET('/api/v1/proposals/{id}/', { params: { path: { id: toValue(id) } } })),
  refetchInterval: polling(),
})

export const originQuery = (job: MaybeRefOrGetter<string | null | undefined>) => queryOptions({
  queryKey: ['approvals', 'origin', job],
  queryFn: () => got(api.GET('/api/v1/llm-jobs/{id}/', { params: { path: { id: toValue(job)! } } })),
  staleTime: Infinity,
  retry: false,
})

export const act = (id: string, action: Action, comment: string) =>
  got(api.POST('/api/v1/proposals/{id}/actions/{action}/', { params: { path: { id, action } }, body: { comment } }))
