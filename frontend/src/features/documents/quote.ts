// Where a quoted passage stands: in which part, on which characters, in which boxes of which pages.

import type { LocationQuery } from 'vue-router'

import type { Shape } from '@/api/client'

export type Chunk = Shape<'ChunkOut'>

/** Characters `start` to `end` of the text of a part. */
export interface Mark { part: number, start: number, end: number }

/** Points from the top left of a page of `width` × `height`. */
export interface Box { page: number, x0: number, y0: number, x1: number, y1: number, width: number, height: number }

interface Wish { quote: string, page?: number | undefined, part?: number | undefined }

/** A line may break anywhere in a quote: white space matches any white space. Null when it does not stand there. */
export function find(text: string, quote: string): [number, number] | null {
  const words = quote.trim().split(/\s+/).filter(Boolean)
  if (!words.length) return null
  const pattern = words.map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\s+')
  const found = new RegExp(pattern, 'u').exec(text)
  return found && [found.index, found.index + found[0].length]
}

/** The best place of a quote: in the part that is named, else on the page that is named, else anywhere. */
export function locate(chunks: readonly Chunk[], { quote, page, part }: Wish): Mark | null {
  const near = (chunk: Chunk) =>
    (chunk.part === part ? 0 : 2) + (page !== undefined && chunk.page_from <= page && page <= chunk.page_to ? 0 : 1)
  for (const chunk of [...chunks].sort((one, other) => near(one) - near(other) || one.part - other.part)) {
    const range = find(chunk.text, quote)
    if (range) return { part: chunk.part, start: range[0], end: range[1] }
  }
  return null
}

/** The lines that a mark touches. */
export function boxesOf(chunks: readonly Chunk[], mark: Mark | null): Box[] {
  const chunk = mark && chunks.find(each => each.part === mark.part)
  if (!chunk) return []
  return chunk.boxes
    .filter(([, start = 0, end = 0]) => start < mark.end && end > mark.start)
    .map(([page = 1, , , x0 = 0, y0 = 0, x1 = 0, y1 = 0, width = 1, height = 1]) => ({ page, x0, y0, x1, y1, width, height }))
}

/** The whole of a part. */
export const whole = (chunk: Chunk): Mark => ({ part: chunk.part, start: 0, end: chunk.text.length })

/** What an address marks: a quote, characters of a part, or a part. */
export function markOf(chunks: readonly Chunk[], query: LocationQuery): Mark | null {
  const number = (name: string) => (/^\d{1,9}$/.test(String(query[name])) ? Number(query[name]) : undefined)
  const [part, page, start, end] = ['part', 'page', 'from', 'to'].map(number)
  if (typeof query.quote === 'string') return locate(chunks, { quote: query.quote, page, part })
  const chunk = chunks.find(each => each.part === part)
  if (!chunk) return null
  return start !== undefined && end !== undefined ? { part: chunk.part, start, end } : whole(chunk)
}
