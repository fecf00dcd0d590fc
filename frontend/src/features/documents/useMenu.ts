import type { DropdownMenuItem } from '@nuxt/ui'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import type { Document } from './queries'
import { useActions } from './useActions'

interface Own {
  /** On its own page: what opens its title to change; « open » would lead to itself. */
  own?: () => void
  /** Once it is deleted. */
  gone?: () => void
}

export function useMenu(document: () => Document, { own, gone = () => {} }: Own = {}) {
  const { t } = useI18n()
  const router = useRouter()
  const { restore, remove, retry, reindex, download } = useActions()

  async function erase() {
    if (await remove(document())) gone()
  }

  return computed<DropdownMenuItem[][]>(() => {
    const { id, abilities, deleted_at: deleted } = document()
    const offered = (ability: boolean, item: DropdownMenuItem) => (ability ? [item] : [])
    return [
      [
        ...offered(!own && !deleted, { label: t('documents.open'), icon: 'i-lucide-eye', onSelect: () => void router.push({ name: 'document', params: { document: id } }) }),
        ...offered(Boolean(own) && abilities.update, { label: t('documents.rename.title'), icon: 'i-lucide-pencil', onSelect: () => own?.() }),
        ...offered(abilities.download && !deleted, { label: t('documents.download'), icon: 'i-lucide-download', onSelect: () => void download(document()) }),
        ...offered(abilities.retry, { label: t('documents.retry'), icon: 'i-lucide-rotate-cw', onSelect: () => void retry(document()) }),
        ...offered(abilities.reindex, { label: t('documents.reindex'), icon: 'i-lucide-refresh-cw', onSelect: () => void reindex(document()) }),
        ...offered(abilities.restore, { label: t('documents.restore'), icon: 'i-lucide-undo-2', onSelect: () => void restore(document()) }),
      ],
      offered(abilities.delete, { label: t('documents.delete'), icon: 'i-lucide-trash-2', color: 'error', onSelect: () => void erase() }),
    ].filter(group => group.length)
  })
}
