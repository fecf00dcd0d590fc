// Documents as the server has them. Live progress is written into `statusQuery` by progress.ts.

import { type QueryClient, keepPreviousData, queryOptions } from '@tanstack/vue-query'
import { type MaybeRefOrGetter, toValue } from 'vue'

import { type Shape, api, authorized, got } from '@/api/client'
import { isLive } from '@/api/live'

import { type Filters, isFiltered, wishesOf } from './filters'
import { isStage } from './stages'

export type Document = Shape<'DocumentOut'>
export type Action = 'reindex' | 'retry' | 'delete' | 'restore'

const at = (id: string) => ({ params: { path: { id } } })
const OFTEN = 1_500
const RARELY = 15_000

export const documentsQuery = (filters: MaybeRefOrGetter<Filters>, cursor: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['documents', 'list', filters, cursor],
  queryFn: () => got(api.GET('/api/v1/documents/', { params: { query: wishesOf(toValue(filters), toValue(cursor)) } })),
  placeholderData: keepPreviousData,
  refetchInterval: ({ state }) => {
    const moves = state.data?.results.some(document => isStage(document.status))
    return isLive.value ? RARELY * 2 : moves ? OFTEN : RARELY
  },
})

type Page = Shape<'PaginatedDocumentOutList'>

/** On top of the first page, where nothing is filtered, before the server is asked again. */
export function arrived(client: QueryClient, document: Document): void {
  for (const [key, page] of client.getQueriesData<Page>({ queryKey: ['documents', 'list'] })) {
    const [, , filters, cursor] = key as [string, string, Filters, string]
    if (!page || cursor || isFiltered(filters)) continue
    client.setQueryData(key, { ...page, results: [document, ...page.results.filter(each => each.id !== document.id)] })
  }
}

export const documentQuery = (id: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['documents', 'one', id],
  queryFn: () => got(api.GET('/api/v1/documents/{id}/', at(toValue(id)))),
})

export const statusKey = (id: MaybeRefOrGetter<string>) => ['documents', 'status', id]

export const statusQuery = (id: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: statusKey(id),
  queryFn: () => got(api.GET('/api/v1/documents/{id}/status/', at(toValue(id)))),
  refetchInterval: () => (isLive.value ? RARELY : OFTEN),
})

export const chunksQuery = (id: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['documents', 'chunks', id],
  queryFn: () => got(api.GET('/api/v1/documents/{id}/chunks/', at(toValue(id)))),
})

export const identifiersQuery = (id: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['documents', 'identifiers', id],
  queryFn: () => got(api.GET('/api/v1/documents/{id}/identifiers/', at(toValue(id)))),
})

/** The nearest passages of all documents. */
export const passagesQuery = (words: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['documents', 'passages', words],
  queryFn: () => got(api.GET('/api/v1/search/', { params: { query: { q: toValue(words), limit: 5 } } })),
  placeholderData: keepPreviousData,
  staleTime: 60_000,
})

export const clientsQuery = queryOptions({
  queryKey: ['clients', 'names'],
  queryFn: () => got(api.GET('/api/v1/clients/', { params: { query: { page_size: 200 } } })),
  staleTime: 300_000,
})

export const projectsQuery = queryOptions({
  queryKey: ['projects', 'names'],
  queryFn: () => got(api.GET('/api/v1/projects/', { params: { query: { page_size: 200 } } })),
  staleTime: 300_000,
})

export const membersQuery = queryOptions({
  queryKey: ['members', 'names'],
  queryFn: () => got(api.GET('/api/v1/members/')),
  staleTime: 300_000,
})

export const act = (id: string, action: Action) =>
  got(api.POST('/api/v1/documents/{id}/actions/{action}/', { params: { path: { id, action } } }))

export const changeTitle = (id: string, title: string) =>
  got(api.PATCH('/api/v1/documents/{id}/', { ...at(id), body: { title } }))

/** An address that gives the file without a header, for five minutes. */
export async function fileLink(id: string): Promise<string> {
  const stop = new AbortController()
  const answer = await authorized(new Request(`${location.origin}/api/v1/documents/${id}/file/`, { signal: stop.signal }))
  stop.abort() // only the address was wanted
  return answer.url
}

/** A page as a picture; `width` in pixels. */
export async function pagePicture(id: string, page: number, width: number, signal: AbortSignal): Promise<Blob> {
  const address = `${location.origin}/api/v1/documents/${id}/pages/${page}.png?width=${width}`
  return (await authorized(new Request(address, { signal }))).blob()
}
