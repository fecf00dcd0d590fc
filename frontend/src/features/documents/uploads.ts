// Files on their way up, two at a time. They outlive the page that took them: one may look elsewhere meanwhile.

import { markRaw, reactive } from 'vue'

import { type Problem, asProblem } from '@/api/problem'
import { upload } from '@/api/upload'

import type { Document } from './queries'

const AT_ONCE = 2
const ADDRESS = '/api/v1/documents/'
const EXISTED = 200

/** ``share`` from 0 to 1. A file that was taken is a document: it leaves the list. */
export interface Upload {
  id: number
  file: File
  state: 'waiting' | 'sending' | 'refused'
  share: number
  problem: Problem | null
}

type Send = typeof upload
/** ``known``: this very file was here already. */
type Taken = (document: Document, known: boolean) => void

export function uploadQueue(taken: Taken, send: Send = upload) {
  const list = reactive<Upload[]>([])
  const stops = new Map<number, AbortController>()
  let last = 0

  function add(files: Iterable<File>) {
    for (const file of files) list.push({ id: ++last, file: markRaw(file), state: 'waiting', share: 0, problem: null })
    next()
  }

  function next() {
    const free = AT_ONCE - list.filter(each => each.state === 'sending').length
    list.filter(each => each.state === 'waiting').slice(0, Math.max(free, 0)).forEach(each => void start(each))
  }

  async function start(one: Upload) {
    const stop = new AbortController()
    stops.set(one.id, stop)
    Object.assign(one, { state: 'sending', share: 0, problem: null })
    const form = new FormData()
    form.append('file', one.file)
    try {
      const answer = await send<Document>(ADDRESS, form, { told: share => (one.share = share), signal: stop.signal })
      remove(one.id)
      taken(answer.body, answer.status === EXISTED)
    } catch (error) {
      if ((error as Error).name !== 'AbortError') Object.assign(one, { state: 'refused', problem: asProblem(error) })
    } finally {
      stops.delete(one.id)
      next()
    }
  }

  /** Also stops it. */
  function remove(id: number) {
    const place = list.findIndex(each => each.id === id)
    if (place >= 0) list.splice(place, 1)
    stops.get(id)?.abort()
    stops.delete(id)
  }

  function retry(id: number) {
    const one = list.find(each => each.id === id)
    if (one?.state !== 'refused') return
    one.state = 'waiting'
    next()
  }

  return { list, add, remove, retry }
}
