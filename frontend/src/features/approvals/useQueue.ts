// What waits for a decision, the riskiest first, and the keys that walk through it.

import { useQueries } from '@tanstack/vue-query'
import { computed } from 'vue'

import { RISKS, waitingQuery } from './queries'

/** The next (+1) or the previous (-1) of ``ids``; the first where none is chosen; the same at an end. */
export function neighbour(ids: readonly string[], chosen: string | undefined, step: 1 | -1): string | undefined {
  const place = chosen ? ids.indexOf(chosen) : -1
  if (place < 0) return ids[0]
  return ids[Math.min(Math.max(place + step, 0), ids.length - 1)]
}

export function useQueue() {
  const queries = useQueries({ queries: RISKS.map(risk => waitingQuery(risk)) })
  const sections = computed(() => RISKS
    .map((risk, place) => ({ risk, rows: queries.value[place]?.data?.results ?? [] }))
    .filter(section => section.rows.length))
  const rows = computed(() => sections.value.flatMap(section => section.rows))
  return {
    sections,
    rows,
    ids: computed(() => rows.value.map(row => row.id)),
    pending: computed(() => queries.value.some(query => query.isLoading)),
    error: computed(() => queries.value.find(query => query.error)?.error ?? null),
    refetch: () => Promise.all(queries.value.map(query => query.refetch())),
  }
}
