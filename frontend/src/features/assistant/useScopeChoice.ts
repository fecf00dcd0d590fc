// What can be chosen to search in, and what is chosen.

import { useQuery } from '@tanstack/vue-query'
import { type Ref, computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { clientsQuery, documentsQuery, pagesQuery, projectsQuery } from './queries'
import { EVERYTHING, type Kind, type Scope } from './scope'

interface Named { value: string, label: string }

export function useScopeChoice(scope: Ref<Scope>) {
  const { t } = useI18n()
  const kind = ref<Kind>(scope.value.kind)
  const words = ref('')
  const clients = useQuery({ ...clientsQuery, enabled: () => kind.value === 'client' })
  const projects = useQuery({ ...projectsQuery, enabled: () => kind.value === 'project' })
  const documents = useQuery({ ...documentsQuery(words), enabled: () => kind.value === 'document' })
  const alone = computed(() => (scope.value.kind === 'document' && scope.value.idents.length === 1 ? scope.value.idents[0]! : ''))
  const one = useQuery(computed(() => ({ ...pagesQuery(alone.value), enabled: Boolean(alone.value) })))

  const items = computed<Named[]>(() => ({
    all: [],
    client: (clients.data.value ?? []).map(({ id, name }) => ({ value: id, label: name })),
    project: (projects.data.value ?? []).map(({ id, name }) => ({ value: id, label: name })),
    document: (documents.data.value ?? []).map(({ id, title }) => ({ value: id, label: title })),
  })[kind.value])
  const pending = computed(() => [clients, projects, documents].some(query => query.isLoading.value))

  const chosen = computed<string | string[] | undefined>({
    get: () => {
      const idents = scope.value.kind === kind.value ? scope.value.idents : []
      return kind.value === 'document' ? idents : idents[0]
    },
    set: (value) => {
      const idents = [value ?? []].flat()
      scope.value = idents.length ? { kind: kind.value, idents } : EVERYTHING
    },
  })

  const label = computed(() => {
    const { kind: of, idents } = scope.value
    if (of === 'all') return t('assistant.scope.all')
    if (idents.length > 1) return t('assistant.scope.several', { n: idents.length })
    return items.value.find(({ value }) => value === idents[0])?.label ?? one.data.value?.title ?? t(`assistant.scope.${of}`)
  })

  watch(kind, (chosenKind) => {
    words.value = ''
    if (chosenKind === 'all') scope.value = EVERYTHING
  })
  watch(() => scope.value.kind, (of) => {
    if (of !== 'all' || !scope.value.idents.length) kind.value = of
  })
  return { kind, items, chosen, words, pending, label }
}
