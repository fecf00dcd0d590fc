// A card beside what is pointed at or has the focus. It stays while the pointer is on it, and goes with Escape.

import { onScopeDispose, ref, shallowRef } from 'vue'

const OPENS = 150 // milliseconds
const CLOSES = 200

export function useHoverCard<Content>() {
  const open = ref(false)
  const anchor = shallowRef<HTMLElement>()
  const content = shallowRef<Content>()
  let timer = 0

  function show(shown: Content, on: HTMLElement) {
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      anchor.value = on
      content.value = shown
      open.value = true
    }, open.value ? 0 : OPENS)
  }

  function leave() {
    clearTimeout(timer)
    timer = window.setTimeout(() => (open.value = false), CLOSES)
  }

  const stay = () => clearTimeout(timer)

  function close() {
    clearTimeout(timer)
    open.value = false
  }

  onScopeDispose(() => clearTimeout(timer))
  return { open, anchor, content, show, leave, stay, close }
}
