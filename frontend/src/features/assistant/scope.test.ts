import { expect, it } from 'vitest'

import { EVERYTHING, queryOf, scopeOf, wishesOf } from './scope'

const [ONE, TWO] = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002']

it.each([
  [{}, EVERYTHING],
  [{ client: ONE }, { kind: 'client', idents: [ONE] }],
  [{ project: [ONE, TWO] }, { kind: 'project', idents: [ONE] }],
  [{ document: [ONE, 'x', TWO] }, { kind: 'document', idents: [ONE, TWO] }],
  [{ client: 'x' }, EVERYTHING],
])('%j is what the address names', (query, scope) => expect(scopeOf(query as never)).toEqual(scope))

it('goes into the address and comes back', () => {
  for (const scope of [EVERYTHING, scopeOf({ client: ONE }), scopeOf({ document: [ONE, TWO] })]) expect(scopeOf(queryOf(scope))).toEqual(scope)
})

it('says to the server only what was chosen', () => {
  expect(wishesOf({ kind: 'document', idents: [ONE] })).toEqual({ client: undefined, project: undefined, document_ids: [ONE] })
  expect(Object.values(wishesOf(EVERYTHING)).filter(Boolean)).toEqual([])
})
