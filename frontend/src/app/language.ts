// The reader's language, before and beside vue-i18n: calls to the API say it too.

import { ref } from 'vue'

export const LANGUAGES = ['fr', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const CHOSEN = 'passepartout.language'
const known = (code: string | null | undefined): code is Language => LANGUAGES.includes(code as Language)

export function preferred(chosen: string | null, offered: readonly string[]): Language {
  if (known(chosen)) return chosen
  return offered.map(tag => tag.slice(0, 2).toLowerCase()).find(known) ?? 'fr'
}

export const language = ref<Language>(preferred(localStorage.getItem(CHOSEN), navigator.languages))

export function rememberLanguage(code: Language): void {
  localStorage.setItem(CHOSEN, code)
  language.value = code
}
