// A question, answered event by event.

import { type Shape, authorized } from '@/api/client'
import { type StreamEvent, events } from '@/api/events'
import { Problem } from '@/api/problem'

/** Ends after ``final`` or ``error``. Throws Problem: also where the stream is cut before either. */
export async function* asked(wishes: Partial<Shape<'AskInRequest'>>, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const answer = await authorized(new Request(`${location.origin}/api/v1/ask/stream/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(wishes),
    signal,
  }))
  try {
    for await (const event of events(answer.body!)) {
      yield event
      if (event.event === 'final' || event.event === 'error') return
    }
  } catch (error) {
    if (error instanceof TypeError) throw Problem.unreachable() // what a browser says of a connection that broke
    throw error
  }
  throw Problem.unreachable()
}
