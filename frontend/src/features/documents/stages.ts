// The way of a document until it can be asked: four stages that people tell apart, and how far it is.

import type { Shape } from '@/api/client'

export const STAGES = ['uploaded', 'extracting', 'chunking', 'embedding'] as const
export type Stage = (typeof STAGES)[number]

type Status = Pick<Shape<'StatusOut'>, 'status' | 'step' | 'running' | 'progress'>

export const isStage = (status: string): status is Stage => STAGES.includes(status as Stage)

/** Where it is now; null at rest. A document that is indexed again stays « indexed »: its job tells the stage. */
export function stageOf(shown: string, told: Status | undefined): Stage | null {
  const said = told?.running ? told.step : ''
  if (isStage(said)) return said
  if (told?.running && !isStage(shown)) return 'uploaded'
  return isStage(shown) ? shown : null
}

/** Of the present stage, 0 to 1; only the last one counts. */
export function shareOf(stage: Stage, told: Status | undefined): number {
  if (stage !== 'embedding' || !told?.running || told.step !== stage || !told.progress.total) return 0
  return Math.min(1, told.progress.done / told.progress.total)
}

// Reading and cutting are short, embedding is most of the way.
const BEGINS: Record<Stage, number> = { uploaded: 0, extracting: 10, chunking: 30, embedding: 40 }

/** Percent of the whole way. */
export const wayOf = (stage: Stage, share: number): number => Math.round(BEGINS[stage] + share * 60)
