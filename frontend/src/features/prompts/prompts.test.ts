import { describe, expect, it } from 'vitest'

import { changed, draftOf, missing, newestFirst } from './draft'
import type { Version } from './queries'

const version = (number: number, templates: Version['templates']) => ({ number, templates }) as Version
const code = version(0, { fr: { system: 's', user: 'Question : {{question}}' }, en: { system: 's', user: 'Question: {{question}}' } })

describe('a version that is being written', () => {
  it('begins as the chosen one, and as the code\'s in the language that it leaves out', () => {
    const draft = draftOf(version(1, { fr: { system: 'autre', user: 'u' } }), code)
    expect(draft.fr.system).toBe('autre')
    expect(draft.en.user).toBe('Question: {{question}}')
  })
  it('is a copy: what is written does not change the version it came from', () => {
    const draft = draftOf(code, code)
    draft.fr.user = 'autre'
    expect(changed(draft, draftOf(code, code))).toBe(true)
    expect(changed(draftOf(code, code), draftOf(code, code))).toBe(false)
  })
  it('says which variables it lacks', () => {
    const draft = draftOf(code, code)
    expect(missing(draft, { required: ['question'] }, 'fr')).toEqual([])
    expect(missing(draft, { required: ['question', 'context'] }, 'fr')).toEqual(['context'])
  })
  it('versions are shown newest first', () => {
    expect(newestFirst([code, version(2, {}), version(1, {})]).map(each => each.number)).toEqual([2, 1, 0])
  })
})
