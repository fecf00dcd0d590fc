// What Home shows. Each part is asked for by itself, and only by those who may.

import { queryOptions } from '@tanstack/vue-query'

import { type Shape, api, got } from '@/api/client'
import { ready } from '@/api/ready'
import { polling } from '@/composables/usePolling'

export type Limit = Shape<'LimitOut'>

export const usageQuery = queryOptions({
  queryKey: ['home', 'usage'],
  queryFn: () => got(api.GET('/api/v1/usage/')),
})

export const approvalsQuery = queryOptions({
  queryKey: ['home', 'approvals'],
  queryFn: () => got(api.GET('/api/v1/proposals/', { params: { query: { status: 'pending_approval', page_size: 5 } } })),
  refetchInterval: polling(10_000),
})

export const failuresQuery = queryOptions({
  queryKey: ['home', 'failures'],
  queryFn: () => got(api.GET('/api/v1/documents/', { params: { query: { status: ['failed'], page_size: 5 } } })),
  refetchInterval: polling(10_000),
})

export const conversationsQuery = queryOptions({
  queryKey: ['home', 'conversations'],
  queryFn: () => got(api.GET('/api/v1/conversations/', { params: { query: { page_size: 1 } } })),
})

export const enginesQuery = queryOptions({
  queryKey: ['home', 'engines'],
  queryFn: ready,
  refetchInterval: 30_000,
})
