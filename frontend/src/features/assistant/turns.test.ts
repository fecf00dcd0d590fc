import { describe, expect, it } from 'vitest'

import { type Message, type Turn, alsoFound, hear, isOver, isUnknown, keptTurns, newTurn, together } from './turns'

const message = (more: object) => ({ id: 'a', role: 'assistant', text: '', status: 'complete', sentences: [], citations: [], sources: [], proposal: null, ...more }) as unknown as Message
const found = (document: string, page: number) => ({ document, page, label: `${document}-${page}` })

describe('a turn that is written', () => {
  it('grows word by word, and begins anew when the server says so', () => {
    const turn = newTurn('Où ?')
    hear(turn, 'sources', { message: 'm' })
    hear(turn, 'delta', { text: 'Ici', replace: false })
    hear(turn, 'delta', { text: ' même', replace: false })
    expect([turn.message, turn.text, turn.phase]).toEqual(['m', 'Ici même', 'writing'])
    hear(turn, 'delta', { text: 'Là', replace: true })
    expect(turn.text).toBe('Là')
  })

  it('says where it waits, and is over with its answer or a problem', () => {
    const turn = newTurn('Où ?')
    hear(turn, 'waiting', { position: 2, eta_seconds: 3, holder: 'ocr' })
    expect([turn.phase, isOver(turn)]).toEqual(['waiting', false])
    hear(turn, 'final', { answer: 'Ici.', sentences: [], citations: [], proposal: null })
    expect([turn.phase, turn.answer?.text, isOver(turn)]).toEqual(['done', 'Ici.', true])
    hear(turn, 'error', { code: 'unavailable', status: 503, request_id: 'abc' })
    expect([turn.phase, turn.problem?.requestId]).toEqual(['failed', 'abc'])
  })

  it('leaves out what it does not know', () => {
    const turn = newTurn('Où ?')
    hear(turn, 'ping', null)
    expect(turn.phase).toBe('searching')
  })
})

describe('what was kept', () => {
  it('is a turn for each answer, with the question before it', () => {
    const turns = keptTurns([message({ id: 'q', role: 'user', text: 'Où ?' }), message({ text: 'Ici.' })])
    expect(turns.map(({ question, key, phase, answer }) => [question, key, phase, answer?.text])).toEqual([['Où ?', 'a', 'done', 'Ici.']])
  })

  it.each([['streaming', 'elsewhere'], ['erased', 'erased'], ['stopped', 'done'], ['interrupted', 'done']])('that is %s is shown as %s', (status, phase) => {
    expect(keptTurns([message({ status })])[0]?.phase).toBe(phase)
  })

  it('takes the place of what was written here once it is over, without being drawn anew', () => {
    const here: Turn = { ...newTurn('Où ?'), message: 'a', phase: 'writing' }
    expect(together(keptTurns([message({ status: 'streaming' })]), [here])).toEqual([here])
    const over: Turn = { ...here, phase: 'done' }
    expect(together(keptTurns([message({ text: 'Ici.' })]), [over])[0]).toMatchObject({ key: over.key, answer: { text: 'Ici.' } })
    expect(together([], [here, newTurn('Et ?')])).toHaveLength(2)
  })
})

describe('an answer', () => {
  const nothing = { sentences: [], citations: [], stopped: false, proposal: null }

  it('is not known when no document and no table answers', () => {
    expect(isUnknown(nothing as never)).toBe(true)
    expect(isUnknown({ ...nothing, stopped: true } as never)).toBe(false)
    expect(isUnknown({ ...nothing, proposal: {} } as never)).toBe(false)
  })

  it('names each other page once', () => {
    const answer = { citations: [found('a', 1)], sources: [found('a', 1), found('b', 1), found('b', 1), found('b', 2)] }
    expect(alsoFound(answer as never).map(({ label }) => label)).toEqual(['b-1', 'b-2'])
  })
})
