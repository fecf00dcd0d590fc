// Where a question is to be searched: everything, or what the address names.

import type { LocationQuery } from 'vue-router'

export const KINDS = ['all', 'client', 'project', 'document'] as const
export type Kind = (typeof KINDS)[number]

/** ``idents``: of one client, of one project, or of the documents; none for all. */
export interface Scope { kind: Kind, idents: string[] }

export const EVERYTHING: Scope = { kind: 'all', idents: [] }

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** ``?client=…``, ``?project=…`` or ``?document=…&document=…``; what is no ident is left out. */
export function scopeOf(query: LocationQuery): Scope {
  for (const kind of ['client', 'project', 'document'] as const) {
    const idents = [query[kind]].flat().filter((ident): ident is string => UUID.test(ident ?? ''))
    if (idents.length) return { kind, idents: kind === 'document' ? idents : idents.slice(0, 1) }
  }
  return EVERYTHING
}

export function queryOf({ kind, idents }: Scope): LocationQuery {
  return kind === 'all' || !idents.length ? {} : { [kind]: idents.length > 1 ? idents : idents[0]! }
}

export function wishesOf({ kind, idents }: Scope) {
  return {
    client: kind === 'client' ? idents[0] : undefined,
    project: kind === 'project' ? idents[0] : undefined,
    document_ids: kind === 'document' ? idents : undefined,
  }
}
