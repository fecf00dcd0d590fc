// From a checked answer to markdown with marks: numbers where a passage is cited, and sentences to doubt.
//
// The marks are characters of the private use area, which no keyboard writes; markup.ts turns them into elements.

import type { Answer, Citation, Sentence } from './turns'

export const CITED = '\uE000' // CITED number CITED
export const DOUBT = '\uE001' // DOUBT reason DOUBT … DOUBT_ENDS
export const DOUBT_ENDS = '\uE002'
const OURS = /[\uE000-\uE002]/g
const LABELS = /\s*(\[DOC:[^\]\s]+\])/g
const CUT_LABELS = /\s*\[DOC:[^\]]*(\]|$)/g

/** What has been written so far, without labels: their numbers are known at the end. */
export const draft = (text: string): string => text.replace(OURS, '').replace(CUT_LABELS, '')

/** Numbers begin at 0, as in ``citations``. Sentences are looked for in their order; the layout is the text's own. */
export function marked({ text, sentences, citations }: Pick<Answer, 'text' | 'sentences' | 'citations'>): string {
  const clean = text.replace(OURS, '')
  return sentences.length ? bySentence(clean, sentences) : byLabel(clean, citations)
}

function bySentence(text: string, sentences: readonly Sentence[]): string {
  let rest = text
  let done = ''
  for (const sentence of sentences) {
    const at = rest.indexOf(sentence.text)
    if (at < 0) continue
    done += rest.slice(0, at) + said(sentence) + sentence.citations.map(number => `${CITED}${number}${CITED}`).join('')
    rest = rest.slice(at + sentence.text.length)
  }
  return (done + rest).replace(LABELS, '')
}

const said = ({ text, grounded, reason }: Sentence): string => {
  if (grounded) return text
  const [, bullet = '', words = ''] = /^(\s*(?:[-*+]|\d+[.)]|#+)\s+)?(.*)$/s.exec(text)! // what begins a line is not inside
  return `${bullet}${DOUBT}${reason}${DOUBT}${words}${DOUBT_ENDS}`
}

/** The same passage may be quoted twice: its labels are taken in order. */
function byLabel(text: string, citations: readonly Citation[]): string {
  const left = citations.map(({ label }, number) => ({ label, number }))
  return text.replace(LABELS, (_, label: string) => {
    const at = left.findIndex(each => each.label === label)
    return at < 0 ? '' : `${CITED}${left.splice(at, 1)[0]!.number}${CITED}`
  })
}
