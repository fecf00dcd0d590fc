// A statement cut into words that are drawn in their colours, each clause on a line of its own. It is shown as the gate
// wrote it: only the spaces between its words are ours.

export type Kind = 'keyword' | 'string' | 'number' | 'plain'
export interface Piece { kind: Kind, text: string }

const WORDS = /('(?:[^']|'')*'|"(?:[^"]|"")*"|\d+(?:\.\d+)?|[A-Za-z_]\w*|\s+|.)/gs
const KEYWORDS = new Set(
  `all and any as asc between by case cast cross delete desc distinct else end except exists extract false filter first from full
  group having ilike in inner insert intersect interval into is join last left like limit not null nulls offset on or order outer
  over partition returning right select set then true union update using values when where with within`.split(/\s+/),
)
const CLAUSES = /^(from|where|group by|having|order by|limit|offset|union|except|intersect|(left |right |full |inner |cross )?(outer )?join|set|values|returning)\b/i

export function pieces(sql: string): Piece[] {
  return (sql.match(WORDS) ?? []).map(text => ({ kind: kindOf(text), text }))
}

function kindOf(text: string): Kind {
  if (text.startsWith('\'')) return 'string'
  if (/^\d/.test(text)) return 'number'
  return KEYWORDS.has(text.toLowerCase()) ? 'keyword' : 'plain'
}

/** A line for each clause that stands in no parentheses. */
export function lines(sql: string): Piece[][] {
  const found: Piece[][] = [[]]
  let depth = 0
  let place = 0
  for (const piece of pieces(sql)) {
    depth += DEEPER[piece.text] ?? 0
    if (depth === 0 && beginsClause(piece, sql.slice(place), found.at(-1)!)) found.push([])
    found.at(-1)!.push(piece)
    place += piece.text.length
  }
  return found.map(line => (line.at(-1)?.text.trim() === '' ? line.slice(0, -1) : line))
}

const DEEPER: Record<string, number> = { '(': 1, ')': -1 }

/** JOIN itself stands on the line that LEFT has begun. */
function beginsClause(piece: Piece, rest: string, line: Piece[]): boolean {
  const last = line.findLast(each => each.text.trim())?.text ?? ''
  return piece.kind === 'keyword' && CLAUSES.test(rest) && !/^(left|right|full|inner|cross|outer)?$/i.test(last)
}
