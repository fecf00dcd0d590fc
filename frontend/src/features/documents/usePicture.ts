// The picture of a page, drawn by the server as wide as it is shown; the one before stays until the next is there.

import { type Ref, onScopeDispose, ref, shallowRef, watch } from 'vue'

import { type Problem, asProblem } from '@/api/problem'

import { pagePicture } from './queries'

const WIDEST = 2000 // pixels that the server draws
const STEP = 200 // so that a window that changes a little finds the picture in the browser's cache

export const pixelsFor = (width: number, density: number): number =>
  Math.min(WIDEST, Math.max(2 * STEP, Math.ceil((width * density) / STEP) * STEP))

export function usePicture(wish: () => { id: string, page: number, width: number }) {
  const source = ref('')
  const problem: Ref<Problem | null> = shallowRef(null)
  const busy = ref(false)
  let stop = new AbortController()

  async function draw() {
    const { id, page, width } = wish()
    if (!width) return
    stop.abort()
    const mine = stop = new AbortController()
    busy.value = true
    try {
      const picture = await pagePicture(id, page, width, mine.signal)
      if (mine.signal.aborted) return
      URL.revokeObjectURL(source.value)
      source.value = URL.createObjectURL(picture)
      problem.value = null
    } catch (error) {
      if (!mine.signal.aborted) problem.value = asProblem(error)
    } finally {
      if (stop === mine) busy.value = false
    }
  }

  watch(() => Object.values(wish()).join(), draw, { immediate: true })
  onScopeDispose(() => {
    stop.abort()
    URL.revokeObjectURL(source.value)
  })
  return { source, problem, busy, draw }
}
