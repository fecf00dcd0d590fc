import { describe, expect, it } from 'vitest'

import { cursorOf } from '@/api/cursor'

import { bars, changes, csv } from './rows'
import { lines, pieces } from './sql'
import { neighbour } from './useQueue'

const text = (sql: string) => lines(sql).map(line => line.map(piece => piece.text).join(''))

describe('a statement that is shown', () => {
  it('loses nothing', () => {
    const sql = 'SELECT "a b", count(*) AS n FROM x WHERE y = \'it\'\'s FROM\' AND z > 1.5 -- end'
    expect(pieces(sql).map(piece => piece.text).join('')).toBe(sql)
  })
  it('has a line for each clause, but not for those in parentheses or in texts', () => {
    expect(text('SELECT a FROM x LEFT JOIN y ON x.i = y.i WHERE b IN (SELECT c FROM z WHERE d) AND t = \'FROM here\' ORDER BY a LIMIT 5')).toEqual([
      'SELECT a', 'FROM x', 'LEFT JOIN y ON x.i = y.i', 'WHERE b IN (SELECT c FROM z WHERE d) AND t = \'FROM here\'', 'ORDER BY a', 'LIMIT 5',
    ])
  })
  it('knows keywords from names and texts', () => {
    expect(pieces('UPDATE t SET selected = \'select\'').filter(piece => piece.kind === 'keyword').map(piece => piece.text)).toEqual(['UPDATE', 'SET'])
  })
})

describe('rows', () => {
  it('of a change stand side by side by their key', () => {
    const found = changes([{ id: '1', title: 'a', n: 1 }], [{ id: '1', title: 'b', n: 1 }])
    expect(found).toHaveLength(1)
    expect(found[0]!.cells).toEqual([
      { column: 'title', before: 'a', after: 'b', changed: true },
      { column: 'n', before: '1', after: '1', changed: false },
    ])
  })
  it('that are new or gone are said to be', () => {
    expect(changes([{ id: '1', t: 'a' }], [{ id: '2', t: 'b' }]).map(row => row.kind)).toEqual(['removed', 'added'])
    expect(changes([], [{ t: 'b' }])[0]).toMatchObject({ key: '#1', kind: 'added' })
  })
  it('are bars only where there are names and numbers', () => {
    expect(bars({ columns: ['status', 'n'], rows: [['indexed', 3], [null, '4']] })).toEqual({ labels: ['indexed', '–'], name: 'n', values: [3, 4] })
    expect(bars({ columns: ['n'], rows: [[3]] })).toBeNull()
    expect(bars({ columns: ['status', 'title'], rows: [['a', 'b'], ['c', 'd']] })).toBeNull()
    expect(bars({ columns: ['status', 'n'], rows: [['a', null], ['c', 1]] })).toBeNull()
  })
  it('in a file are quoted, and none is a formula', () => {
    expect(csv(['a', 'b'], [['say "x"', '=1+1'], [null, -3]])).toBe('\uFEFF"a","b"\r\n"say ""x""","\'=1+1"\r\n"","-3"\r\n')
  })
})

describe('the queue', () => {
  it('is walked by its neighbours and has two ends', () => {
    expect(neighbour(['a', 'b', 'c'], 'b', 1)).toBe('c')
    expect(neighbour(['a', 'b', 'c'], 'c', 1)).toBe('c')
    expect(neighbour(['a', 'b', 'c'], undefined, 1)).toBe('a')
    expect(neighbour(['a', 'b', 'c'], 'a', -1)).toBe('a')
    expect(neighbour([], 'a', 1)).toBeUndefined()
  })
  it('goes on where the last page ended', () => {
    expect(cursorOf('http://x/api/?cursor=cD0%3D&page_size=3')).toBe('cD0=')
    expect(cursorOf(null)).toBeUndefined()
  })
})
