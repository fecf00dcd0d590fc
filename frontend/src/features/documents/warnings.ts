// What the reader of the file noticed: « hidden_text:3:2 » is code, page, and how often.

export interface Warning { code: string, pages: number[], count: number }

/** What was written so that people do not see it. */
export const HIDDEN = new Set(['hidden_text', 'hidden_characters', 'off_page_text', 'hidden_sheet', 'hidden_rows', 'hidden_columns', 'hidden_slide'])

/** One for each code, in the order of the pages. */
export function warningsOf(lines: readonly string[]): Warning[] {
  const found = new Map<string, Warning>()
  for (const line of lines) {
    const [code = '', page = '', count = '1'] = line.split(':')
    const warning = found.get(code) ?? { code, pages: [], count: 0 }
    if (page && !warning.pages.includes(Number(page))) warning.pages.push(Number(page))
    warning.count += Number(count)
    found.set(code, warning)
  }
  return [...found.values()]
}

/** « 1–3, 7 ». */
export function ranges(pages: readonly number[]): string {
  const runs: [number, number][] = []
  for (const page of [...pages].sort((one, other) => one - other)) {
    const last = runs.at(-1)
    if (last && page === last[1] + 1) last[1] = page
    else runs.push([page, page])
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
}
