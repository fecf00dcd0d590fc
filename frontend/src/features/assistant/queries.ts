// Conversations, what was said in them, and what a question may be narrowed to.

import { infiniteQueryOptions, queryOptions } from '@tanstack/vue-query'
import { type MaybeRefOrGetter, toValue } from 'vue'

import { type Shape, api, got } from '@/api/client'

import { isUnderWay } from './turns'

export type Conversation = Shape<'ConversationOut'>

const NAMES = 50 // to choose from: more are found by typing

/** Last used first; ``words`` of their titles and questions. */
export const conversationsQuery = (words: MaybeRefOrGetter<string>) => infiniteQueryOptions({
  queryKey: ['assistant', 'conversations', words] as const,
  queryFn: ({ pageParam }) =>
    got(api.GET('/api/v1/conversations/', { params: { query: { q: toValue(words) || undefined, cursor: pageParam || undefined } } })),
  initialPageParam: '',
  getNextPageParam: page => (page.next ? (new URL(page.next, location.origin).searchParams.get('cursor') ?? undefined) : undefined),
})

/** An answer that is still written elsewhere, in another window, is looked for again. */
export const messagesQuery = (conversation: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['assistant', 'messages', conversation] as const,
  queryFn: () => got(api.GET('/api/v1/conversations/{id}/messages/', { params: { path: { id: toValue(conversation) } } })),
  refetchInterval: query => (query.state.data?.some(isUnderWay) ? 3_000 : false),
})

export const passagesQuery = (document: string) => queryOptions({
  queryKey: ['assistant', 'passages', document] as const,
  queryFn: () => got(api.GET('/api/v1/documents/{id}/chunks/', { params: { path: { id: document } } })),
})

export const pagesQuery = (document: string) => queryOptions({
  queryKey: ['assistant', 'document', document] as const,
  queryFn: () => got(api.GET('/api/v1/documents/{id}/', { params: { path: { id: document } } })),
})

export const clientsQuery = queryOptions({
  queryKey: ['assistant', 'clients'],
  queryFn: async () => (await got(api.GET('/api/v1/clients/', { params: { query: { page_size: 200 } } }))).results,
})

export const projectsQuery = queryOptions({
  queryKey: ['assistant', 'projects'],
  queryFn: async () => (await got(api.GET('/api/v1/projects/', { params: { query: { page_size: 200 } } }))).results,
})

export const documentsQuery = (title: MaybeRefOrGetter<string>) => queryOptions({
  queryKey: ['assistant', 'documents', title] as const,
  queryFn: async () => (await got(api.GET('/api/v1/documents/', {
    params: { query: { status: ['indexed'], title: toValue(title) || undefined, page_size: NAMES } },
  }))).results,
})

const one = (id: string) => ({ params: { path: { id } } })

export const rename = (id: string, title: string) => got(api.PATCH('/api/v1/conversations/{id}/', { ...one(id), body: { title } }))

export const forget = (id: string) => got(api.DELETE('/api/v1/conversations/{id}/', one(id)))

export const stop = (message: string) => got(api.POST('/api/v1/ask/{id}/stop/', one(message)))
