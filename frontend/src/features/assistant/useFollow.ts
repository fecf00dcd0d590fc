// A conversation is read from its end: what is written stays in view, unless its reader has scrolled up.

import { type Ref, nextTick, watch } from 'vue'

const NEAR = 120 // pixels from the end

/** ``place`` lies in what scrolls; ``grows`` changes with each word, ``turns`` with each question. */
export function useFollow(place: Readonly<Ref<HTMLElement | null>>, grows: () => unknown, turns: () => number) {
  let following = true
  const scroller = () => place.value?.parentElement

  function toEnd() {
    const box = scroller()
    if (box) box.scrollTop = box.scrollHeight
  }

  watch(grows, () => {
    const box = scroller()
    following = !box || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR
  })
  watch(grows, async () => {
    await nextTick()
    if (following) toEnd()
  }, { flush: 'post' })
  watch(turns, async () => {
    await nextTick()
    toEnd()
  }, { flush: 'post' })
}
