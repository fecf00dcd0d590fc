// How far documents are: told by the socket, asked for while there is none, and after a reload.

import { useQuery } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'

import { type Shape } from '@/api/client'
import { type Message, hear } from '@/api/live'
import { translate } from '@/app/i18n'
import { queryClient, refreshSoon } from '@/app/queries'

import { type Document, statusKey, statusQuery } from './queries'
import { isStage, shareOf, stageOf, wayOf } from './stages'

/** For those who do not see the list move: which document came to its end last. */
export const spoken = ref('')

const INDEXING = 'documents.index'

hear((message: Message) => {
  if (!message.id) return
  if (message.type === 'job.progress' && message.kind === INDEXING) queryClient.setQueryData(statusKey(message.id), told(message))
})

function told({ step = '', done = 0, total = 0 }: Message): Shape<'StatusOut'> {
  return { status: step, step, progress: { done, total }, running: true, error: null }
}

/** Follows one document while it moves: its stage (null at rest), the share of that stage, percent of the whole way. */
export function useProgress(document: () => Document) {
  const running = ref(false)
  const waits = () => document().status === 'uploaded'
  const asked = () => running.value || (isStage(document().status) && !waits())
  const { data } = useQuery({ ...statusQuery(() => document().id), enabled: asked })
  watch(data, status => (running.value = status?.running ?? false), { immediate: true })

  const stage = computed(() => stageOf(document().status, data.value))
  const share = computed(() => (stage.value ? shareOf(stage.value, data.value) : 1))
  const way = computed(() => (stage.value ? wayOf(stage.value, share.value) : 100))
  watch(stage, (now, before) => {
    if (!before || now) return
    spoken.value = translate('documents.ended', { title: document().title })
    refreshSoon(['documents'])
  })
  return { stage, share, way, progress: computed(() => data.value?.progress) }
}
