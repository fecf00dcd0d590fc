// The list as its address says: filters, place, view.

import { useQuery } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { type Filters, addressOf, cursorOf, filtersOf, isFiltered } from './filters'
import { documentsQuery } from './queries'

const TYPING = 300 // milliseconds without a key before the server is asked

export function useList() {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => filtersOf(route.query))
  const cursor = computed(() => (typeof route.query.cursor === 'string' ? route.query.cursor : ''))
  const query = useQuery(documentsQuery(filters, cursor))

  const change = (wish: Partial<Filters>) => router.push({ query: addressOf({ ...filters.value, ...wish }, route.query) })
  const clear = () => change({ title: '', group: '', client: '', project: '', deleted: false })
  const turn = (address: string | null | undefined) => router.push({ query: { ...route.query, cursor: cursorOf(address) || undefined } })

  const grid = computed({
    get: () => route.query.view === 'grid',
    set: wanted => void router.replace({ query: { ...route.query, view: wanted ? 'grid' : undefined } }),
  })

  const typed = ref(filters.value.title)
  let timer = 0
  watch(typed, (title) => {
    clearTimeout(timer)
    timer = window.setTimeout(() => title !== filters.value.title && change({ title }), TYPING)
  })
  watch(() => filters.value.title, title => (typed.value = title))
  onScopeDispose(() => clearTimeout(timer))

  return { filters, filtered: computed(() => isFiltered(filters.value) || Boolean(cursor.value)), typed, grid, change, clear, turn, ...query }
}
