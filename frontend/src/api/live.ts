// The socket on which the server says what happens. It says ids only: whoever hears of one asks for it.
// Without it everything works, by asking again and again (`useLive().pause`).

import { readonly, ref } from 'vue'

import { api, got } from './client'
import { Problem } from './problem'

const PAUSES = [1_000, 2_000, 5_000, 15_000, 30_000]
const TOO_MANY = 4429
const PING = 25_000 // a socket that does not answer a ping before the next one is dead

/** ``type``: an event's kind, ``job.progress``, ``ready`` after each connection, ``lost`` after each end. */
export interface Message {
  type: string
  id?: string
  kind?: string
  step?: string
  done?: number
  total?: number
}

const connected = ref(false)
const listeners = new Set<(message: Message) => void>()
let failures = 0
let wanted = false

export const isLive = readonly(connected)

/** Call what is returned to stop listening. */
export function hear(listener: (message: Message) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Stays connected until the page is left. */
export function startListening(): void {
  if (wanted) return
  wanted = true
  void connect()
}

const tell = (message: Message) => listeners.forEach(listener => listener(message))

async function connect(): Promise<void> {
  try {
    const { ticket, path } = await got(api.POST('/api/v1/realtime/tickets/'))
    attend(new WebSocket(`${location.origin.replace('http', 'ws')}${path}?ticket=${ticket}`))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    again()
  }
}

function attend(socket: WebSocket): void {
  let answered = true
  const pulse = setInterval(() => {
    if (!answered) socket.close()
    else if (connected.value) socket.send('{"type": "ping"}')
    answered = false
  }, PING)
  socket.addEventListener('message', (event) => {
    answered = true
    const message = JSON.parse(event.data) as Message
    if (message.type === 'ready') {
      failures = 0
      connected.value = true
    }
    tell(message)
  })
  socket.addEventListener('close', (event) => {
    clearInterval(pulse)
    connected.value = false
    if (event.code === TOO_MANY) failures = PAUSES.length
    tell({ type: 'lost' })
    again()
  })
}

function again(): void {
  const pause = PAUSES[Math.min(failures, PAUSES.length - 1)] ?? 30_000
  failures += 1
  setTimeout(connect, pause * (0.75 + Math.random() / 2)) // not all pages at once after a restart
}
