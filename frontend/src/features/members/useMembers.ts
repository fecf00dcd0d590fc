// The organization's people, and what is changed of their membership.

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'

import { type Shape, api, got } from '@/api/client'
import { translate } from '@/app/i18n'
import { useNotices } from '@/composables/useNotices'

import { type Member, ordered } from './roles'
import { peopleQuery } from './usePeople'

export function useMembers() {
  const client = useQueryClient()
  const { attempt, succeeded } = useNotices()
  const { data, isLoading, error, refetch } = useQuery(peopleQuery)
  const members = computed(() => ordered(data.value ?? []))
  const again = () => client.invalidateQueries({ queryKey: peopleQuery.queryKey })

  /** Throws Problem. */
  async function invite(body: Shape<'MemberInRequest'>): Promise<void> {
    await got(api.POST('/api/v1/members/', { body }))
    succeeded(translate('members.invited', { email: body.email }))
    await again()
  }

  const change = (member: Member, body: Shape<'PatchedMemberChangeRequest'>) => attempt(async () => {
    await got(api.PATCH('/api/v1/members/{id}/', { params: { path: { id: member.id } }, body }))
    succeeded(translate('members.changed'))
  }).finally(again)

  return { members, isLoading, error, refetch, invite, change }
}
