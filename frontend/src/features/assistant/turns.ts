// A question with its answer, whether it was kept or is being written.

import type { Shape } from '@/api/client'
import { Problem } from '@/api/problem'

export type Citation = Shape<'CitationOut'>
export type Source = Shape<'SourceOut'>
export type Sentence = Shape<'SentenceOut'>
export type Brief = Shape<'ProposalBrief'>
export type Exchange = Shape<'AnswerOut'>
export type Message = Shape<'MessageOut'>
export type Answer = Pick<
  Exchange,
  'sentences' | 'citations' | 'sources' | 'confidence' | 'engine' | 'model' | 'fallback_reason' | 'forbidden' | 'proposal'
> & { text: string, stopped: boolean, interrupted?: boolean }

/** Where the model waits for the GPU. */
export interface Place { position: number, eta_seconds: number, holder: string }

export type Phase = 'searching' | 'waiting' | 'writing' | 'done' | 'failed' | 'elsewhere' | 'erased'

export interface Turn {
  /** Of the drawing: it stays when the turn is read again from the server. */
  key: string
  question: string
  /** Of the answer; empty before the server has said it. */
  message: string
  phase: Phase
  text: string
  waiting: Place | null
  answer: Answer | null
  problem: Problem | null
}

export const newTurn = (question: string): Turn =>
  ({ key: crypto.getRandomValues(new Uint32Array(2)).join('-'), question, message: '', phase: 'searching', text: '', waiting: null, answer: null, problem: null })

const EVENTS: Record<string, (turn: Turn, content: never) => void> = {
  sources: (turn, { message }: { message: string }) => {
    turn.message = message
  },
  waiting: (turn, place: Place) => {
    turn.phase = 'waiting'
    turn.waiting = place
  },
  delta: (turn, { text, replace }: { text: string, replace: boolean }) => {
    turn.phase = 'writing'
    turn.text = replace ? text : turn.text + text
  },
  final: (turn, exchange: Exchange) => {
    turn.phase = 'done'
    turn.answer = { ...exchange, text: exchange.answer }
  },
  error: (turn, facts: { status: number, code: string, detail: string, request_id: string }) => {
    fail(turn, new Problem({ ...facts, requestId: facts.request_id }))
  },
}

/** What an event of the stream makes of the turn; others are left out. */
export function hear(turn: Turn, event: string, content: unknown): void {
  EVENTS[event]?.(turn, content as never)
}

export function fail(turn: Turn, problem: Problem): void {
  turn.phase = 'failed'
  turn.problem = problem
}

export const isUnderWay = ({ status }: Message): boolean => status === 'streaming'
export const isOver = ({ phase }: Turn): boolean => !['searching', 'waiting', 'writing'].includes(phase)

/** Nothing in the documents answers, and nobody proposed to look in the organization's own tables. */
export const isUnknown = ({ sentences, citations, stopped, interrupted, proposal }: Answer): boolean =>
  !sentences.length && !citations.length && !stopped && !interrupted && !proposal

export const doubts = ({ sentences }: Answer): number => sentences.filter(({ grounded }) => !grounded).length

/** Of one document and page, the best; those that are cited already are left out. */
export function alsoFound({ sources, citations }: Answer): Source[] {
  const taken = new Set(citations.map(({ document, page }) => `${document} ${page}`))
  return sources.filter(({ document, page }) => !taken.has(`${document} ${page}`) && taken.add(`${document} ${page}`))
}

const PHASES: Partial<Record<Message['status'], Phase>> = { streaming: 'elsewhere', erased: 'erased' }

const endOf = ({ status, confidence }: Message) =>
  ({ confidence: confidence ?? 0, stopped: status === 'stopped', interrupted: status === 'interrupted' })

/** The turns of a conversation as it was kept. */
export function keptTurns(messages: readonly Message[]): Turn[] {
  return messages.flatMap((message, at) => {
    if (message.role !== 'assistant') return []
    const phase = PHASES[message.status] ?? 'done'
    const answer = phase === 'done' ? { ...message, ...endOf(message) } : null
    return [{ ...newTurn(messages[at - 1]?.text ?? ''), key: message.id, message: message.id, phase, answer }]
  })
}

/** What is kept, then what was asked here meanwhile: each turn once, as it is here while it is written. */
export function together(kept: readonly Turn[], here: readonly Turn[]): Turn[] {
  const mine = new Map(here.map(turn => [turn.message, turn]))
  const known = new Set(kept.map(turn => turn.message))
  const both = kept.map((turn) => {
    const own = mine.get(turn.message)
    if (!own) return turn
    return turn.phase === 'done' && isOver(own) ? { ...turn, key: own.key } : own
  })
  return [...both, ...here.filter(turn => !known.has(turn.message))]
}
