// What may be done with a document: only what its own abilities offer.

import { useQueryClient } from '@tanstack/vue-query'

import { translate } from '@/app/i18n'
import { useNotices } from '@/composables/useNotices'

import { type Action, type Document, act, changeTitle, fileLink, statusKey } from './queries'

export function useActions() {
  const client = useQueryClient()
  const { succeeded, attempt } = useNotices()
  const named = (document: Document) => ({ title: document.title || document.original_filename })

  async function done(document: Document, action: Action) {
    const now = await act(document.id, action)
    client.setQueryData(['documents', 'one', document.id], now)
    await client.invalidateQueries({ queryKey: ['documents'] })
    void client.invalidateQueries({ queryKey: ['home'] })
  }

  async function rename(document: Document, title: string) {
    client.setQueryData(['documents', 'one', document.id], await changeTitle(document.id, title))
    await client.invalidateQueries({ queryKey: ['documents', 'list'] })
  }

  const restore = (document: Document) => attempt(async () => {
    await done(document, 'restore')
    succeeded(translate('documents.restored', named(document)))
  })

  const remove = (document: Document) => attempt(async () => {
    await done(document, 'delete')
    succeeded(translate('documents.deleted', named(document)), { label: translate('documents.undo'), undo: () => restore(document) })
  })

  const again = (action: 'retry' | 'reindex') => (document: Document) => attempt(async () => {
    await done(document, action)
    // Its status does not tell that it is indexed again: its job does.
    client.setQueryData(statusKey(document.id), { status: document.status, step: '', progress: { done: 0, total: 0 }, running: true, error: null })
    succeeded(translate('documents.again', named(document)))
  })

  const download = (document: Document) => attempt(async () => {
    const link = window.document.createElement('a')
    link.href = await fileLink(document.id)
    link.download = document.original_filename
    link.click()
  })

  return { rename, restore, remove, retry: again('retry'), reindex: again('reindex'), download }
}
