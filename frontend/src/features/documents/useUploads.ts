// The one queue of this page, shared by all who draw it.

import { computed } from 'vue'

import { translate } from '@/app/i18n'
import { queryClient, refreshSoon } from '@/app/queries'
import { useNotices } from '@/composables/useNotices'

import { type Document, arrived } from './queries'
import { uploadQueue } from './uploads'

let known: (document: Document) => void = () => {}

const queue = uploadQueue((document, existed) => {
  arrived(queryClient, document)
  refreshSoon(['documents', 'list'])
  refreshSoon(['home'])
  if (existed) known(document)
})

// What is not sent yet lies in this page alone.
addEventListener('beforeunload', (event) => {
  if (queue.list.some(each => each.state !== 'refused')) event.preventDefault()
})

export function useUploads() {
  const { succeeded } = useNotices()
  known = document => succeeded(translate('documents.known', { title: document.title }))
  const busy = computed(() => queue.list.filter(each => each.state !== 'refused').length)
  return { ...queue, busy }
}
