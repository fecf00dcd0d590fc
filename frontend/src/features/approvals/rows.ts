// Rows of a result and of a change, ready to be shown, saved or drawn.

import type { Shape } from '@/api/client'

type Row = Record<string, unknown>

export interface Cell { column: string, before: string, after: string, changed: boolean }
export interface Change { key: string, kind: 'changed' | 'added' | 'removed', cells: Cell[] }
export interface Bars { labels: string[], name: string, values: number[] }

const KEY = 'id'
const MOST_BARS = 40

export const shown = (value: unknown): string =>
  (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value))

/** Rows before and after a change, side by side: by their key, or by their place where they have none yet. */
export function changes(before: readonly Row[], after: readonly Row[]): Change[] {
  const then = new Map(before.map((row, place) => [keyOf(row, place), row]))
  const now = new Map(after.map((row, place) => [keyOf(row, place), row]))
  return [...new Set([...then.keys(), ...now.keys()])].map((key) => {
    const [old, young] = [then.get(key), now.get(key)]
    const columns = Object.keys(young ?? old ?? {}).filter(column => column !== KEY)
    const cells = columns.map((column) => {
      const pair = { before: shown(old?.[column]), after: shown(young?.[column]) }
      return { column, ...pair, changed: pair.before !== pair.after }
    })
    return { key, kind: !old ? 'added' : !young ? 'removed' : 'changed', cells }
  })
}

const keyOf = (row: Row, place: number) => shown(row[KEY]) || `#${place + 1}`

/** What suits bars: some rows of a name and a number. */
export function bars({ columns = [], rows = [] }: Pick<Shape<'ResultOut'>, 'columns' | 'rows'>): Bars | null {
  if (columns.length !== 2 || rows.length < 2 || rows.length > MOST_BARS) return null
  const values = rows.map(row => (row[1] === null || row[1] === '' ? Number.NaN : Number(row[1])))
  if (values.some(Number.isNaN) || rows.every(row => typeof row[0] === 'number')) return null
  return { labels: rows.map(row => shown(row[0]) || '–'), name: columns[1]!, values }
}

// What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection); a negative number is none.
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/
const NUMBER = /^-?\d+(\.\d+)?$/

const cell = (value: unknown) => {
  const text = shown(value)
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}

/** With the mark by which spreadsheets know UTF-8. */
export const csv = (columns: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  `\uFEFF${[columns, ...rows].map(row => row.map(cell).join(',')).join('\r\n')}\r\n`
