// Server state. A key begins with the feature's name: ['documents', 'list', filters].

import { QueryClient } from '@tanstack/vue-query'

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

/** Events ask the queries again that a feature named; after each connection everything that is shown is asked once. */
export function feedCache(): void {
  const hearings = features.flatMap(feature => feature.hears ?? [])
  hear((message: Message) => {
    if (message.type === 'ready') void queryClient.invalidateQueries({ predicate: query => query.queryKey[0] !== 'me' })
    for (const { kind, refreshes } of hearings) {
      if (!message.type.startsWith(kind)) continue
      for (const queryKey of refreshes) void queryClient.invalidateQueries({ queryKey })
    }
  })
}
