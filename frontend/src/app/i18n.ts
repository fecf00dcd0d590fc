// Sentences in both languages. Each feature has its own fr.json and en.json, found here under the folder's name.

import { createI18n } from 'vue-i18n'

import { type Language, language, rememberLanguage } from './language'

type Messages = Record<string, unknown>

const sources: Record<Language, () => Promise<{ default: Messages }>> = {
  fr: () => import('@/locales/fr'),
  en: () => import('@/locales/en'),
}

export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: false,
  messages: {} as Record<string, never>,
  // French counts none as one: « 0 document ».
  pluralRules: { fr: (n: number, choices: number) => (choices === 3 ? Math.min(n, 2) : Math.abs(n) < 2 ? 0 : 1) },
  missing: (_locale, key) => {
    throw new Error(`No text ${key}`)
  },
})

/** Loads the sentences and turns the whole page to them. */
export async function speak(code: Language): Promise<void> {
  const { default: messages } = await sources[code]()
  i18n.global.setLocaleMessage(code, messages as never)
  i18n.global.locale.value = code
  rememberLanguage(code)
  document.documentElement.lang = code
}

/** Outside of components. */
export const translate = (key: string, values: Record<string, unknown> = {}): string =>
  (i18n.global.t as (key: string, values: Record<string, unknown>) => string)(key, values)

export const hasText = (key: string): boolean => (i18n.global.te as (key: string) => boolean)(key)
