// The picture of a page of a document, which only who is signed in may fetch: as an object URL, given back in the end.

import { type MaybeRefOrGetter, onScopeDispose, ref, shallowRef, toValue, watch } from 'vue'

import { authorized } from '@/api/client'
import { type Problem, asProblem } from '@/api/problem'

const [LEAST, MOST, STEP] = [400, 2000, 200]

/** Pixels to ask for so that ``shown`` of the page are sharp: in steps, so that a slightly other window finds it cached. */
export const pixelsFor = (shown: number, ratio: number): number =>
  Math.min(MOST, Math.max(LEAST, Math.ceil((shown * ratio) / STEP) * STEP))

/** ``page`` counts from 1, ``width`` in pixels of the picture; ``problem.code`` is ``no_pages`` where a text has none. */
export function usePageImage(of: MaybeRefOrGetter<{ document: string, page: number, width: number }>) {
  const source = ref('')
  const problem = shallowRef<Problem | null>(null)
  const pending = ref(true)
  let leaving = new AbortController()

  function forget() {
    leaving.abort()
    if (source.value) URL.revokeObjectURL(source.value)
    source.value = ''
  }

  async function load() {
    forget()
    const { signal } = (leaving = new AbortController())
    pending.value = true
    problem.value = null
    const { document, page, width } = toValue(of)
    try {
      const address = `${location.origin}/api/v1/documents/${document}/pages/${page}.png?width=${width}`
      const picture = await (await authorized(new Request(address, { signal }))).blob()
      if (!signal.aborted) source.value = URL.createObjectURL(picture)
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error)
    } finally {
      if (!signal.aborted) pending.value = false
    }
  }

  watch(() => Object.values(toValue(of)).join(' '), load, { immediate: true })
  onScopeDispose(forget)
  return { source, problem, pending, load }
}
