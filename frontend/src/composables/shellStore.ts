import { defineStore } from 'pinia'

export const useShellStore = defineStore('shell', {
  state: () => ({ sidebarOpen: false, paletteOpen: false, shortcutsOpen: false }),
})
