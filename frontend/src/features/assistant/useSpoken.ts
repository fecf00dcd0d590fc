// What a screen reader is told: not each word, but that an answer is there.

import { ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { type Turn, isOver, isUnknown } from './turns'

export function useSpoken(turns: () => Turn[]) {
  const { t } = useI18n()
  const spoken = ref('')

  function told(turn: Turn): string {
    if (turn.phase === 'failed') return t('assistant.spoken.failed')
    if (!turn.answer) return ''
    if (isUnknown(turn.answer)) return t('assistant.spoken.unknown')
    return t('assistant.spoken.ready', { n: turn.answer.citations.length }, turn.answer.citations.length)
  }

  watch(() => turns().find(turn => !isOver(turn))?.key, (now, before) => {
    if (now) spoken.value = t('assistant.searching')
    const ended = before && !now ? turns().find(turn => turn.key === before) : undefined
    if (ended) spoken.value = told(ended)
  })
  return spoken
}
