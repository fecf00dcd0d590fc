// A version on its way to being written: what it changes, and which of its variables are missing.

import type { Language, Prompt, Templates, Version } from './queries'

export const LANGUAGES: readonly Language[] = ['fr', 'en']

const EMPTY = { system: '', user: '' }

/** A version that gives one language alone leaves the other to the code's. */
export function draftOf(version: Version | undefined, code: Version | undefined): Templates {
  const of = (language: Language) => ({ ...(version?.templates[language] ?? code?.templates[language] ?? EMPTY) })
  return { fr: of('fr'), en: of('en') }
}

export const changed = (draft: Templates, from: Templates): boolean =>
  LANGUAGES.some(language => draft[language].system !== from[language].system || draft[language].user !== from[language].user)

/** The variables that a template must name and does not. */
export const missing = (draft: Templates, { required }: Pick<Prompt, 'required'>, language: Language): string[] =>
  required.filter(name => !new RegExp(`\\{\\{\\s*${name}\\s*\\}\\}`).test(`${draft[language].system}\n${draft[language].user}`))

/** Newest first; the code's own last. */
export const newestFirst = (versions: readonly Version[]): Version[] => [...versions].sort((one, other) => other.number - one.number)
