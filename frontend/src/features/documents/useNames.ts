// Names of clients, projects and people, for those who may read them.

import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

import { useMe } from '@/app/me'

import { clientsQuery, membersQuery, projectsQuery } from './queries'

export function useNames() {
  const { t } = useI18n()
  const { me, can } = useMe()
  const clients = useQuery({ ...clientsQuery, enabled: () => can('clients:read') })
  const projects = useQuery({ ...projectsQuery, enabled: () => can('projects:read') })
  const members = useQuery({ ...membersQuery, enabled: () => can('members:read') })

  const choices = (rows: readonly { id: string, name: string }[] | undefined) => (rows ?? []).map(({ id, name }) => ({ value: id, label: name }))
  const named = (rows: readonly { id: string, name: string }[] | undefined, id: string | null) => rows?.find(row => row.id === id)?.name ?? ''

  function person(id: string | null): string {
    if (!id) return ''
    return id === me.value?.user.id ? t('documents.you') : colleague(id)
  }

  function colleague(id: string): string {
    const found = members.data.value?.find(member => member.user.id === id)?.user
    const address = found?.email.includes('@') ? found.email : '' // it may be masked
    return found?.display_name || address || t('documents.colleague')
  }

  return {
    clientChoices: computed(() => choices(clients.data.value?.results)),
    projectChoices: computed(() => choices(projects.data.value?.results)),
    client: (id: string | null) => named(clients.data.value?.results, id),
    project: (id: string | null) => named(projects.data.value?.results, id),
    person,
  }
}
