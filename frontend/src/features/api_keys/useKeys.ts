import { queryOptions, useQuery, useQueryClient } from '@tanstack/vue-query'

import { type Shape, api, got } from '@/api/client'
import { translate } from '@/app/i18n'
import { useNotices } from '@/composables/useNotices'

import type { ApiKey } from './keys'

const keysQuery = queryOptions({ queryKey: ['api_keys'], queryFn: () => got(api.GET('/api/v1/api-keys/')) })

export function useKeys() {
  const client = useQueryClient()
  const { attempt, succeeded } = useNotices()
  const again = () => client.invalidateQueries({ queryKey: keysQuery.queryKey })

  /** The key itself: it is said this once. Throws Problem. */
  async function create(body: Shape<'ApiKeyInRequest'>): Promise<string> {
    const { key } = await got(api.POST('/api/v1/api-keys/', { body }))
    void again()
    return key
  }

  const revoke = (key: ApiKey) => attempt(async () => {
    await got(api.DELETE('/api/v1/api-keys/{id}/', { params: { path: { id: key.id } } }))
    succeeded(translate('api_keys.revoked', { name: key.name }))
  }).finally(again)

  return { ...useQuery(keysQuery), create, revoke }
}
