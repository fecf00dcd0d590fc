// Decide on a proposal, run it, withdraw it: one action at a time, and every list knows of it afterwards.

import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'

import { translate } from '@/app/i18n'
import { useNotices } from '@/composables/useNotices'

import { type Action, act } from './queries'

export function useDecision() {
  const client = useQueryClient()
  const { succeeded, attempt } = useNotices()
  const busy = ref<Action | null>(null)

  /** Throws Problem. */
  async function decide(id: string, action: Action, comment = ''): Promise<void> {
    const proposal = await act(id, action, comment)
    client.setQueryData(['approvals', 'one', id], proposal)
    void client.invalidateQueries({ queryKey: ['approvals'] })
    void client.invalidateQueries({ queryKey: ['home'] })
    if (proposal.status !== 'failed' && proposal.status !== 'pending_approval') succeeded(translate(`approvals.done.${action}`))
  }

  async function perform(id: string, action: Action): Promise<void> {
    if (busy.value) return
    busy.value = action
    const went = await attempt(() => decide(id, action))
    if (!went) void client.invalidateQueries({ queryKey: ['approvals'] })
    busy.value = null
  }

  return { busy, decide, perform }
}
