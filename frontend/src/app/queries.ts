// Server state. A key begins with the feature's name: ['documents', 'list', filters].

import { QueryClient, type QueryKey } from '@tanstack/vue-query'

import { type Message, hear } from '@/api/live'
import { asProblem } from '@/api/problem'

import { features } from './feature'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => asProblem(error).temporary && failures < 2,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})

const SOON = 400 // milliseconds
const waiting = new Map<string, QueryKey>()

/** Asks these queries again, once for all that happens in a short while: each asking stops the one before it. */
export function refreshSoon(queryKey: QueryKey): void {
  if (!waiting.size) setTimeout(flush, SOON)
  waiting.set(JSON.stringify(queryKey), queryKey)
}

function flush(): void {
  const keys = [...waiting.values()]
  waiting.clear()
  for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey })
}

/** Events ask the queries again that a feature named; after each connection everything that is shown is asked once. */
export function feedCache(): void {
  const hearings = features.flatMap(feature => feature.hears ?? [])
  hear((message: Message) => {
    if (message.type === 'ready') void queryClient.invalidateQueries({ predicate: query => query.queryKey[0] !== 'me' })
    for (const { kind, refreshes } of hearings) {
      if (!message.type.startsWith(kind)) continue
      refreshes.forEach(refreshSoon)
    }
  })
}
