// Markdown to elements. What a model wrote is not trusted: no HTML, no picture, no link leaves here as one.

import createDOMPurify, { type Config } from 'dompurify'
import MarkdownIt from 'markdown-it'

import { CITED, DOUBT, DOUBT_ENDS } from './marking'

export interface Words {
  /** The name of a citation's button; numbers begin at 0. */
  cited: (number: number) => string
  doubted: (reason: string) => string
}

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true }).disable(['image', 'link', 'autolink', 'reference'])
const purify = createDOMPurify(window)
const ALLOWED: Config & { RETURN_DOM_FRAGMENT: true } = {
  ALLOWED_TAGS: ['p', 'br', 'strong', 'em', 's', 'ul', 'ol', 'li', 'blockquote', 'code', 'pre', 'hr', 'h3', 'h4', 'h5', 'h6',
    'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ALLOWED_ATTR: ['start'],
  RETURN_DOM_FRAGMENT: true,
}
const MARKS = new RegExp(`${CITED}(\\d+)${CITED}|${DOUBT}(\\w*)${DOUBT}|${DOUBT_ENDS}`)

/** Headings begin at the third level: the page has its own. */
markdown.core.ruler.push('headings', ({ tokens }) => {
  for (const token of tokens) {
    if (/^h\d$/.test(token.tag)) token.tag = `h${Math.min(Number(token.tag[1]) + 2, 6)}`
  }
})

/** ``source`` is what `marked` or `draft` gave. */
export function elements(source: string, words: Words): DocumentFragment {
  const fragment = purify.sanitize(markdown.render(source), ALLOWED)
  const texts = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT)
  const found: Text[] = []
  while (texts.nextNode()) found.push(texts.currentNode as Text)
  let doubted: string | null = null // may reach over several texts: « the **code** is 4812 »
  for (const text of found) doubted = replaced(text, doubted, words)
  return fragment
}

/** Gives the reason of a doubt that is still open at the end. */
function replaced(text: Text, doubted: string | null, words: Words): string | null {
  const pieces: Node[] = []
  let rest = text.data
  for (let mark = MARKS.exec(rest); mark; mark = MARKS.exec(rest)) {
    pieces.push(...said(rest.slice(0, mark.index), doubted, words))
    rest = rest.slice(mark.index + mark[0].length)
    if (mark[1] !== undefined) pieces.push(button(Number(mark[1]), words))
    else doubted = mark[2] ?? null
  }
  text.replaceWith(...pieces, ...said(rest, doubted, words))
  return doubted
}

function said(text: string, doubted: string | null, words: Words): Node[] {
  if (!text) return []
  if (doubted === null) return [document.createTextNode(text)]
  const mark = document.createElement('mark')
  mark.className = 'doubtful'
  mark.title = words.doubted(doubted)
  const aside = document.createElement('span')
  aside.className = 'sr-only'
  aside.textContent = ` (${mark.title})`
  mark.append(text, aside)
  return [mark]
}

function button(number: number, words: Words): Node {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = 'cite'
  made.dataset.citation = String(number)
  made.ariaLabel = words.cited(number)
  made.textContent = String(number + 1)
  return made
}
