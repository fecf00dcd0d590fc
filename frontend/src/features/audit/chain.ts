// What is known of the chain, in one word.

import type { Shape } from '@/api/client'

export type ChainState = Shape<'ChainStateOut'>
export type Word = 'empty' | 'broken' | 'whole' | 'partly' | 'unverified'

/** ``partly``: verified, but not up to its end; ``whole``: every line there was when somebody last looked. */
export function word({ head, verified }: ChainState): Word {
  if (!head) return 'empty'
  if (!verified) return 'unverified'
  if (verified.faults > 0) return 'broken'
  return verified.complete ? 'whole' : 'partly'
}
