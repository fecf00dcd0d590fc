// What went wrong, as a sentence in the reader's language.

import type { Problem } from '@/api/problem'
import { hasText, translate } from '@/app/i18n'

// The server words these itself, in the reader's language.
const WORDED_BY_SERVER = new Set(['invalid', 'password_weak'])

export function sentenceOf(problem: Problem): string {
  if (WORDED_BY_SERVER.has(problem.code) && problem.detail) return problem.errors[0]?.detail ?? problem.detail
  return sentenceOfCode(problem.code)
}

/** Also for the code of a document or a job that failed. */
export const sentenceOfCode = (code: string): string =>
  translate(hasText(`errors.code.${code}`) ? `errors.code.${code}` : 'errors.code.other')
