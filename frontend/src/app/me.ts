// Who I am, where I work, and what I may do: /api/v1/me/.

import { queryOptions, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { type Shape, api, got } from '@/api/client'

export type Me = Shape<'MeOut'>

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => got(api.GET('/api/v1/me/')),
  staleTime: Infinity,
})

/** ``needs`` is ``resource:verb``; without one everybody may. */
export function may(me: Me | undefined, needs: string | undefined): boolean {
  if (!needs) return true
  const [resource = '', verb = ''] = needs.split(':')
  return me?.abilities[resource]?.includes(verb) ?? false
}

/** ``me`` is there on every page but the open ones; ``can('documents:write')`` follows it. */
export function useMe() {
  const { data: me } = useQuery(meQuery)
  return { me, can: (needs: string) => may(me.value, needs), several: computed(() => (me.value?.memberships.length ?? 0) > 1) }
}
