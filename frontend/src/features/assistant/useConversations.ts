// The list of conversations, its search, and what can be done to one.

import { useInfiniteQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, reactive, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'

import { useNotices } from '@/composables/useNotices'

import { type Conversation, conversationsQuery, forget as forgetOne, rename as renameOne } from './queries'

const TYPING = 250 // milliseconds

export function useConversations() {
  const { t } = useI18n()
  const route = useRoute()
  const router = useRouter()
  const cache = useQueryClient()
  const notices = useNotices()
  const words = ref('')
  const searched = ref('')
  let timer = 0
  watch(words, (typed) => {
    clearTimeout(timer)
    timer = window.setTimeout(() => (searched.value = typed.trim()), typed ? TYPING : 0)
  })
  const { data, error, isLoading, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery(conversationsQuery(searched))
  const rows = computed(() => data.value?.pages.flatMap(page => page.results) ?? [])
  const again = () => cache.invalidateQueries({ queryKey: ['assistant', 'conversations'] })

  async function rename(id: string, title: string) {
    await notices.attempt(() => renameOne(id, title))
    await again()
  }

  // A conversation cannot be brought back: it is asked first.
  const asked = reactive({
    open: false, busy: false, id: '', title: '',
    async confirm() {
      asked.busy = true
      const gone = await notices.attempt(() => forgetOne(asked.id))
      asked.busy = false
      if (!gone) return
      asked.open = false
      notices.succeeded(t('assistant.conversations.forgotten'))
      if (route.params.conversation === asked.id) await router.push({ name: 'assistant' })
      await again()
    },
  })
  const forget = ({ id, title }: Conversation) => Object.assign(asked, { open: true, id, title: title || t('assistant.conversations.untitled') })

  return { words, searched, rows, pending: isLoading, error, hasMore: hasNextPage, loadingMore: isFetchingNextPage, more: fetchNextPage, retry: () => void refetch(), rename, forget, asked }
}
