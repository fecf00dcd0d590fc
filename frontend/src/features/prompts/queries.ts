// Prompts with their versions; what is written, tried, compared and put into use.

import { queryOptions } from '@tanstack/vue-query'
import { type MaybeRefOrGetter, toValue } from 'vue'

import { type Shape, api, got } from '@/api/client'

export type Prompt = Shape<'PromptOut'>
export type Version = Shape<'PromptVersionOut'>
export type Label = 'production' | 'staging'
export type Language = 'fr' | 'en'
export type Templates = Record<Language, Shape<'TemplateShape'>>

export const promptsQuery = queryOptions({
  queryKey: ['prompts', 'list'],
  queryFn: () => got(api.GET('/api/v1/prompts/')),
})

export const diffQuery = (key: MaybeRefOrGetter<string>, before: MaybeRefOrGetter<number>, after: MaybeRefOrGetter<number>) => queryOptions({
  queryKey: ['prompts', 'diff', key, before, after],
  queryFn: () => got(api.GET('/api/v1/prompts/{key}/diff/', {
    params: { path: { key: toValue(key) }, query: { before: toValue(before), after: toValue(after) } },
  })),
})

export const write = (key: string, body: Shape<'PromptVersionInRequest'>): Promise<Version> =>
  got(api.POST('/api/v1/prompts/{key}/versions/', { params: { path: { key } }, body }))

export const move = (key: string, label: Label, version: number): Promise<Shape<'PromptMoveOut'>> =>
  got(api.PUT('/api/v1/prompts/{key}/labels/{label}/', { params: { path: { key, label } }, body: { version, note: '' } }))

export const tryOut = (key: string, number: number, language: Language): Promise<Shape<'PromptTestOut'>> =>
  got(api.POST('/api/v1/prompts/{key}/versions/{number}/test/', { params: { path: { key, number } }, body: { language } }))
