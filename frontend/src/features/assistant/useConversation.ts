// The conversation of the address: what was said, the question that is answered now, and Stop.

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, reactive, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { asProblem } from '@/api/problem'

import { asked } from './asked'
import { messagesQuery, stop as stopAnswer } from './queries'
import { type Scope, wishesOf } from './scope'
import { type Turn, fail, hear, isOver, keptTurns, newTurn, together } from './turns'

export function useConversation(scope: () => Scope) {
  const route = useRoute()
  const router = useRouter()
  const cache = useQueryClient()
  const current = computed(() => String(route.params.conversation ?? ''))
  const here = ref<Turn[]>([])
  const busy = computed(() => here.value.some(turn => !isOver(turn)))
  const { data, error, isLoading, refetch } = useQuery({ ...messagesQuery(current), enabled: () => Boolean(current.value) })
  const turns = computed(() => together(keptTurns(current.value ? (data.value ?? []) : []), here.value))
  let begun = current.value // where the turns that are here belong
  let leaving = new AbortController()

  function leave() {
    leaving.abort() // the server hears it, and the model is free
    leaving = new AbortController()
  }

  async function ask(question: string) {
    if (busy.value || !question.trim()) return
    const turn = reactive(newTurn(question.trim()))
    here.value.push(turn)
    await answer(turn)
  }

  async function again(turn: Turn) {
    if (busy.value) return
    here.value = here.value.filter(({ key }) => key !== turn.key)
    await ask(turn.question)
  }

  async function answer(turn: Turn) {
    const { signal } = leaving
    try {
      const wishes = { question: turn.question, conversation: current.value || null, ...wishesOf(scope()) }
      for await (const { event, data: content } of asked(wishes, signal)) {
        if (event === 'sources') await arrived((content as { conversation: string }).conversation)
        hear(turn, event, content)
      }
    } catch (problem) {
      if (!signal.aborted) fail(turn, asProblem(problem))
    }
    await settled(turn)
  }

  /** The first question has made the conversation: its address is ours without leaving the page. */
  async function arrived(conversation: string) {
    if (begun === conversation) return
    begun = conversation
    await router.replace({ name: 'conversation', params: { conversation }, query: route.query })
  }

  async function settled(turn: Turn) {
    if (!isOver(turn)) here.value = here.value.filter(({ key }) => key !== turn.key)
    void cache.invalidateQueries({ queryKey: ['assistant', 'conversations'] })
    await cache.invalidateQueries({ queryKey: ['assistant', 'messages', begun] })
  }

  /** What was said is kept; before the server has answered at all there is nothing to keep. */
  async function stop() {
    const turn = here.value.find(each => !isOver(each))
    if (turn?.message) await stopAnswer(turn.message)
    else leave()
  }

  watch(current, (conversation) => {
    if (conversation === begun) return
    begun = conversation
    leave()
    here.value = []
  })
  addEventListener('pagehide', leave)
  onScopeDispose(() => {
    leave()
    removeEventListener('pagehide', leave)
  })
  return { current, turns, busy, error, pending: isLoading, retry: refetch, ask, again, stop }
}
