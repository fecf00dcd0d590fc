// What is open in the shell, and the shortcuts that work on every page.

import { storeToRefs } from 'pinia'
import { onMounted, watch } from 'vue'
import { useRoute } from 'vue-router'

import { startListening } from '@/api/live'
import { feedCache } from '@/app/queries'

import { useNavigation } from './useNavigation'
import { useShellStore } from './shellStore'

let fed = false

export function useShell() {
  const route = useRoute()
  const { keyed, go } = useNavigation()
  const { sidebarOpen, paletteOpen, shortcutsOpen } = storeToRefs(useShellStore())
  watch(() => route.path, () => (sidebarOpen.value = false)) // the drawer of a phone
  defineShortcuts({
    '?': () => (shortcutsOpen.value = true),
    'meta_k': { usingInput: true, handler: () => (paletteOpen.value = !paletteOpen.value) },
    ...Object.fromEntries(keyed.value.map(item => [`g-${item.key}`, () => go(item.to)])),
  })
  onMounted(() => {
    startListening()
    if (!fed) feedCache()
    fed = true
  })
  return { sidebarOpen, paletteOpen, shortcutsOpen }
}
