// Light, dark, or as the system says.

import { computed, ref, watchEffect } from 'vue'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const CHOSEN = 'passepartout.theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')
const systemDark = ref(system.matches)
system.addEventListener('change', event => (systemDark.value = event.matches))

const stored = localStorage.getItem(CHOSEN) as Theme | null

export const theme = ref<Theme>(stored && THEMES.includes(stored) ? stored : 'system')
export const isDark = computed(() => (theme.value === 'system' ? systemDark.value : theme.value === 'dark'))

export function followTheme(): void {
  watchEffect(() => {
    localStorage.setItem(CHOSEN, theme.value)
    document.documentElement.classList.toggle('dark', isDark.value)
    document.documentElement.classList.toggle('light', !isDark.value)
  })
}
