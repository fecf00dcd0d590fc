// Names of the organization's people, where the reader may know them.

import { queryOptions, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, got } from '@/api/client'
import { useMe } from '@/app/me'
import { translate } from '@/app/i18n'

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: () => got(api.GET('/api/v1/members/')),
  staleTime: 60_000,
})

export function usePeople() {
  const { me, can } = useMe()
  const { data: members } = useQuery({ ...peopleQuery, enabled: () => can('members:read') })
  const people = computed(() => (members.value ?? []).map(({ user }) => ({ id: user.id, name: user.display_name || user.email })))

  /** « You », a name, or, of who is unknown here, the beginning of the identifier. */
  function nameOf(id: string | null | undefined): string {
    if (!id) return translate('members.person.system')
    if (id === me.value?.user.id) return translate('members.person.you')
    return people.value.find(person => person.id === id)?.name ?? translate('members.person.unknown', { id: id.slice(-6) })
  }

  return { people, nameOf }
}
