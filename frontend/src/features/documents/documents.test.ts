import { describe, expect, it, vi } from 'vitest'

import { Problem } from '@/api/problem'

import { addressOf, cursorOf, filtersOf, isFiltered, wishesOf } from './filters'
import { type Chunk, boxesOf, find, locate, markOf } from './quote'
import { isStage, shareOf, stageOf, wayOf } from './stages'
import { uploadQueue } from './uploads'
import { pixelsFor } from './usePicture'
import { ranges, warningsOf } from './warnings'

const status = (running: boolean, step: string, done = 0, total = 0) => ({ status: 'indexed', running, step, progress: { done, total } })

describe('the way of a document', () => {
  it.each([
    ['uploaded', undefined, 'uploaded'],
    ['extracting', undefined, 'extracting'],
    ['indexed', undefined, null],
    ['failed', undefined, null],
    ['extracting', status(true, 'embedding'), 'embedding'],
    ['indexed', status(true, 'chunking'), 'chunking'],
    ['indexed', status(true, ''), 'uploaded'],
    ['uploaded', status(true, ''), 'uploaded'],
    ['indexed', status(false, 'embedding'), null],
  ])('%s, told %o, is at %s', (shown, told, stage) => {
    expect(stageOf(shown, told)).toBe(stage)
  })
  it('counts the last stage only, and never goes back', () => {
    expect(shareOf('embedding', status(true, 'embedding', 3, 4))).toBe(0.75)
    expect(shareOf('chunking', status(true, 'chunking', 3, 4))).toBe(0)
    expect(shareOf('embedding', status(true, 'embedding'))).toBe(0)
    const way = [wayOf('uploaded', 0), wayOf('extracting', 0), wayOf('chunking', 0), wayOf('embedding', 0), wayOf('embedding', 1)]
    expect(way).toEqual([...way].sort((one, other) => one - other))
    expect(way.at(-1)).toBe(100)
  })
  it('knows a stage from an end', () => {
    expect(['uploaded', 'indexed', 'constructor'].map(isStage)).toEqual([true, false, false])
  })
})

describe('the filters in the address', () => {
  it('are read back as they were written, the place in the list forgotten', () => {
    const query = { q: 'bail', status: 'failed', client: 'c', cursor: 'x', view: 'grid', other: '1' }
    expect(addressOf(filtersOf(query), query)).toEqual({ q: 'bail', status: 'failed', client: 'c', view: 'grid' })
  })
  it('are none when the address says something else', () => {
    const filters = filtersOf({ status: 'toString', q: ['a', 'b'], deleted: '1' })
    expect(isFiltered(filters)).toBe(false)
  })
  it('ask for every state of a group, and for none in the bin', () => {
    expect(wishesOf(filtersOf({ status: 'failed' }), '')).toMatchObject({ status: ['failed', 'rejected'] })
    expect(wishesOf(filtersOf({ status: 'failed', deleted: 'true' }), 'c')).toEqual({ deleted: 'true', cursor: 'c', page_size: 25 })
  })
  it('take the cursor out of an address of the server', () => {
    expect(cursorOf('http://elsewhere/api/?cursor=cD0x&page_size=25')).toBe('cD0x')
    expect(cursorOf(null)).toBe('')
  })
})

describe('a quote in a document', () => {
  const line = (page: number, start: number, end: number) => [page, start, end, 60, 100 + start, 300, 110 + start, 595, 842]
  const chunks = [
    { part: 1, text: 'Le portail\ns’ouvre (avec) le badge.', page_from: 1, page_to: 1, boxes: [line(1, 0, 10), line(1, 11, 34)] },
    { part: 2, text: 'Le badge. La piscine est fermée.', page_from: 2, page_to: 3, boxes: [line(2, 0, 9), line(3, 10, 32)] },
  ] as unknown as Chunk[]

  it('is found over the end of a line, whatever signs it holds', () => {
    expect(find(chunks[0]!.text, 'portail s’ouvre (avec)')).toEqual([3, 25])
    expect(find('a', 'b')).toBeNull()
    expect(find('a', '  ')).toBeNull()
  })
  it('is taken from the page that is named', () => {
    expect(locate(chunks, { quote: 'badge.', page: 2 })?.part).toBe(2)
    expect(locate(chunks, { quote: 'badge.' })?.part).toBe(1)
    expect(locate(chunks, { quote: 'badge.', part: 2, page: 1 })?.part).toBe(2)
    expect(locate(chunks, { quote: 'elsewhere' })).toBeNull()
  })
  it('marks the lines that it touches and no other', () => {
    expect(boxesOf(chunks, markOf(chunks, { quote: 'piscine' })).map(box => box.page)).toEqual([3])
    expect(boxesOf(chunks, markOf(chunks, { part: '1' }))).toHaveLength(2)
    expect(boxesOf(chunks, markOf(chunks, { part: '1', from: '0', to: '5' }))).toMatchObject([{ page: 1, width: 595, height: 842 }])
    expect(boxesOf(chunks, markOf(chunks, { part: '9' }))).toEqual([])
    expect(boxesOf(chunks, markOf(chunks, {}))).toEqual([])
  })
})

describe('what the reader of the file noticed', () => {
  it('is told once for each kind', () => {
    expect(warningsOf(['hidden_text:3:2', 'needs_ocr:1', 'hidden_text:1:1'])).toEqual([
      { code: 'hidden_text', pages: [3, 1], count: 3 },
      { code: 'needs_ocr', pages: [1], count: 1 },
    ])
  })
  it.each([[[3, 1, 2, 7], '1–3, 7'], [[4], '4'], [[], '']])('%o is %s', (pages, words) => {
    expect(ranges(pages)).toBe(words)
  })
})

describe('files on their way up', () => {
  const files = (count: number) => Array.from({ length: count }, (_, n) => new File(['x'], `${n}.txt`))
  const settle = () => new Promise(done => setTimeout(done))

  it('go two at a time, in order, and leave the list when they are taken', async () => {
    const taken: string[] = []
    const gates: (() => void)[] = []
    const send = vi.fn(() => new Promise(done => gates.push(() => done({ status: 201, body: { id: `${gates.length}` } }))))
    const queue = uploadQueue(document => taken.push(document.id), send as never)
    queue.add(files(3))
    expect(queue.list.map(each => each.state)).toEqual(['sending', 'sending', 'waiting'])
    gates[0]!()
    await settle()
    expect(queue.list.map(each => each.state)).toEqual(['sending', 'sending'])
    expect(taken).toHaveLength(1)
  })
  it('stay with their reason when they are refused, and can be sent again', async () => {
    let fails = true
    const send = async () => {
      if (fails) throw new Problem({ status: 503, code: 'unavailable' })
      return { status: 200, body: { id: 'a' } }
    }
    const taken = vi.fn()
    const queue = uploadQueue(taken, send as never)
    queue.add(files(1))
    await settle()
    expect(queue.list[0]).toMatchObject({ state: 'refused', problem: { code: 'unavailable' } })
    fails = false
    queue.retry(queue.list[0]!.id)
    await settle()
    expect(queue.list).toEqual([])
    expect(taken).toHaveBeenCalledWith({ id: 'a' }, true)
  })
  it('can be stopped, and the next goes', async () => {
    const send = (_: string, __: FormData, { signal }: { signal: AbortSignal }) =>
      new Promise((_done, failed) => signal.addEventListener('abort', () => failed(new DOMException('stopped', 'AbortError'))))
    const queue = uploadQueue(() => {}, send as never)
    queue.add(files(3))
    queue.remove(queue.list[0]!.id)
    await settle()
    expect(queue.list.map(each => each.state)).toEqual(['sending', 'sending'])
  })
})

it('a page is drawn about as wide as it is shown', () => {
  expect([pixelsFor(100, 1), pixelsFor(401, 1), pixelsFor(390, 3), pixelsFor(1500, 2)]).toEqual([400, 600, 1200, 2000])
})
