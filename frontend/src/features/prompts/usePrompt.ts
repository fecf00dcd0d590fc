// One prompt: the chosen version, the draft that grows from it, and what is done with both.

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { translate } from '@/app/i18n'
import { useForm } from '@/composables/useForm'
import { useNotices } from '@/composables/useNotices'

import { changed, draftOf, newestFirst } from './draft'
import { type Label, type Templates, move, promptsQuery, write } from './queries'

export function usePrompt() {
  const route = useRoute()
  const router = useRouter()
  const client = useQueryClient()
  const { attempt, succeeded } = useNotices()
  const { data, isLoading, error, refetch } = useQuery(promptsQuery)

  const key = computed(() => String(route.params.prompt))
  const prompt = computed(() => data.value?.find(each => each.key === key.value))
  const versions = computed(() => newestFirst(prompt.value?.versions ?? []))
  const number = computed(() => {
    const wanted = Number(route.query.version ?? prompt.value?.labels.production ?? 0)
    return versions.value.some(version => version.number === wanted) ? wanted : 0
  })
  const choose = (version: number) => void router.replace({ query: { version } })

  const original = computed<Templates>(() => {
    const of = (wanted: number) => versions.value.find(version => version.number === wanted)
    return draftOf(of(number.value), of(0))
  })
  const draft = ref<Templates>(draftOf(undefined, undefined))
  const note = ref('')
  watch(() => [key.value, number.value, Boolean(prompt.value)], () => (draft.value = structuredClone(original.value)), { immediate: true })
  const dirty = computed(() => changed(draft.value, original.value))

  const form = useForm(async () => {
    const parameters = versions.value.find(version => version.number === number.value)?.parameters
    const written = await write(key.value, { templates: draft.value, parameters, note: note.value })
    note.value = ''
    await client.invalidateQueries({ queryKey: ['prompts'] })
    succeeded(translate('prompts.written', { n: written.number }))
    choose(written.number)
  })

  const warnings = ref<string[]>([])
  const name = (label: Label, version: number) => attempt(async () => {
    warnings.value = (await move(key.value, label, version)).warnings
    succeeded(translate(`prompts.moved.${label}`, { n: version }))
  }).finally(() => client.invalidateQueries({ queryKey: ['prompts'] }))

  return { key, prompt, versions, number, choose, draft, note, dirty, form, name, warnings, isLoading, error, refetch }
}
