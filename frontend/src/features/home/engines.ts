// How the engines are, in three words: ready, fallback (it works, less well), off.

import type { Readiness } from '@/api/ready'

export type EngineState = 'ready' | 'fallback' | 'down'

export interface Engine { key: 'model' | 'vectors' | 'files' | 'queue', state: EngineState }

export function engines({ parts, optional }: Readiness): Engine[] {
  const part = (name: string): EngineState => (parts[name] === 'ok' ? 'ready' : 'down')
  return [
    { key: 'model', state: optional.language_model === 'configured' ? 'ready' : 'fallback' },
    { key: 'vectors', state: part('embeddings') === 'ready' ? 'ready' : 'fallback' },
    { key: 'files', state: part('objects') },
    { key: 'queue', state: part('queue') },
  ]
}
