// What the reader should know of a proposal's state before anything else.

import type { Proposal } from './queries'

export type Standing = 'own' | 'elsewhere' | 'ready' | 'returned' | null

type Facts = Pick<Proposal, 'status' | 'kind' | 'requester' | 'allowed_actions' | 'refusal'>

/** ``own``: one's own change, which somebody else must decide on. ``elsewhere``: it waits, but not for this reader. */
export function standing({ status, kind, requester, allowed_actions, refusal }: Facts, reader: string | undefined): Standing {
  if (status === 'approved') return allowed_actions.includes('execute') ? 'ready' : null
  if (status !== 'pending_approval') return null
  if (kind === 'write' && requester === reader) return 'own'
  if (!allowed_actions.includes('approve')) return 'elsewhere'
  return refusal ? 'returned' : null
}
