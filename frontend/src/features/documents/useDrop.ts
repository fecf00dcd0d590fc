// Files may be dropped anywhere: a near miss must not open the file in the reader's place.

import { onBeforeUnmount, onMounted, ref } from 'vue'

const carriesFiles = (event: DragEvent) => Boolean(event.dataTransfer?.types.includes('Files'))

/** ``over`` while files are held over the page. ``taken`` hears of those that are let go. */
export function useDrop(taken: (files: FileList) => void) {
  const over = ref(false)
  const listeners: Record<string, (event: DragEvent) => void> = {
    dragover(event) {
      if (!carriesFiles(event)) return
      event.preventDefault()
      over.value = true
    },
    dragleave(event) {
      if (!event.relatedTarget) over.value = false
    },
    drop(event) {
      if (!carriesFiles(event)) return
      event.preventDefault()
      over.value = false
      if (event.dataTransfer) taken(event.dataTransfer.files)
    },
  }
  const each = (work: (name: string, listener: EventListener) => void) =>
    Object.entries(listeners).forEach(([name, listener]) => work(name, listener as EventListener))
  onMounted(() => each((name, listener) => addEventListener(name, listener)))
  onBeforeUnmount(() => each((name, listener) => removeEventListener(name, listener)))
  return { over }
}
