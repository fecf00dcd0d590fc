import { beforeAll, describe, expect, it } from 'vitest'

import { draft, marked } from './marking'
import type { elements } from './markup'

const LABEL = '[DOC:0-1]'
const words = { cited: (number: number) => `Citation ${number + 1}`, doubted: (reason: string) => `Doubt: ${reason}` }
const sentence = (text: string, grounded = true, citations: number[] = [], reason = '') => ({ text, grounded, citations, reason })
const AHEAD = 'Avant.\n\n' // happy-dom's walker loses the first element; a browser's does not
let draw: typeof elements

beforeAll(async () => {
  draw = (await import('./markup')).elements
})

function drawn(source: string): HTMLElement {
  const place = document.createElement('div')
  place.append(draw(`${AHEAD}${source}`, words))
  return place
}

describe('an answer that is drawn', () => {
  it('has numbers for labels, and marks what is to be doubted', () => {
    const text = `Le double est au coffre ${LABEL}. Le code est le 4812.`
    const sentences = [sentence('Le double est au coffre.', true, [0]), sentence('Le code est le 4812.', false, [], 'number')]
    const place = drawn(marked({ text: text.replace(` ${LABEL}.`, `. ${LABEL}`), sentences, citations: [] }))
    expect(place.querySelector('.cite')).toMatchObject({ textContent: '1', ariaLabel: 'Citation 1', type: 'button' })
    expect(place.querySelectorAll('.doubtful')).toHaveLength(1)
    expect(place.querySelector('.doubtful')!.textContent).toBe('Le code est le 4812. (Doubt: number)')
    expect(place.textContent).not.toContain('DOC:')
  })

  it('keeps its lists, also where an item is to be doubted', () => {
    const sentences = [sentence('- Un **gros** doute.', false, [], 'uncited'), sentence('- Une certitude.', true, [0])]
    const place = drawn(marked({ text: '- Un **gros** doute.\n- Une certitude.', sentences, citations: [] }))
    expect(place.querySelectorAll('ul > li')).toHaveLength(2)
    expect([...place.querySelectorAll('li:first-child .doubtful')].map(each => each.firstChild!.textContent)).toEqual(['Un ', 'gros', ' doute.'])
    expect(place.querySelectorAll('li:last-child .doubtful')).toHaveLength(0)
  })

  it('takes the labels of a passage that is quoted twice in order, without sentences', () => {
    const citations = [{ label: LABEL }, { label: LABEL }] as never
    const place = drawn(marked({ text: `Ici ${LABEL}. Là ${LABEL}. Ailleurs ${LABEL}.`, sentences: [], citations }))
    expect([...place.querySelectorAll('.cite')].map(each => each.textContent)).toEqual(['1', '2'])
  })

  it.each([
    '<img src=x onerror=alert(1)>', '<script>alert(1)</script>', '![x](https://evil.example/x.png)', '[x](javascript:alert(1))',
    '[x](https://evil.example)', '<https://evil.example>', '[x]: https://evil.example\n\n[x]', '<style>*{}</style>', '<b onclick=x>y</b>',
    '<a href="https://evil.example">x</a>', '`<img src=x>`', '# <svg onload=alert(1)>',
  ])('lets nothing of %s act', (text) => {
    const place = drawn(draft(text))
    expect(place.querySelector('img, script, style, a, svg, iframe, b, [onclick], [onerror], [href], [src]')).toBeNull()
  })

  it('has headings below those of the page', () => {
    expect(drawn('# Titre').querySelector('h3')?.textContent).toBe('Titre')
  })

  it('cannot be given marks by what was written', () => {
    expect(drawn(draft('\uE0000\uE000 \uE001x\uE001faux\uE002')).querySelector('.cite, .doubtful')).toBeNull()
  })
})

describe('what is being written', () => {
  it.each([['Un mot [DOC:1-2] et [DOC:3', 'Un mot et'], ['Fin.', 'Fin.'], ['A [DOC:', 'A']])('%s shows no label', (text, shown) =>
    expect(draft(text)).toBe(shown))
})
