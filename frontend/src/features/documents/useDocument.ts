// One document, and what its address marks in it: ?page=&quote=, ?part=, ?part=&from=&to=.

import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import type { Shape } from '@/api/client'

import { chunksQuery, documentQuery } from './queries'
import { type Chunk, boxesOf, markOf } from './quote'

export function useDocument() {
  const route = useRoute()
  const router = useRouter()
  const id = computed(() => String(route.params.document ?? ''))
  const query = useQuery({ ...documentQuery(id), enabled: () => Boolean(id.value) })
  const chunks = useQuery({ ...chunksQuery(id), enabled: () => Boolean(id.value) })

  const mark = computed(() => markOf(chunks.data.value ?? [], route.query))
  const boxes = computed(() => boxesOf(chunks.data.value ?? [], mark.value))
  const quote = computed(() => (typeof route.query.quote === 'string' ? route.query.quote : ''))
  /** The quote does not stand there (any more). */
  const gone = computed(() => Boolean(quote.value && chunks.isSuccess.value && !mark.value))

  const page = computed({
    get: () => Number(route.query.page) || boxes.value[0]?.page || 1,
    set: wanted => void router.replace({ query: { ...route.query, page: wanted } }),
  })

  const show = (query: Record<string, number>) => void router.replace({ query })
  const showPart = (chunk: Chunk) => show({ page: chunk.page_from, part: chunk.part })
  const showIdentifier = ({ page, part, start, end }: Shape<'IdentifierOut'>) => show({ page, part, from: start, to: end })

  return { id, mark, boxes, quote, gone, page, showPart, showIdentifier, ...query }
}
