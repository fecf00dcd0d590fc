// Why an engine was asked; a purpose that is new here is shown by its own name.

import { hasText, translate } from '@/app/i18n'

export const PURPOSES = ['ask', 'ask_attempt', 'sql', 'replay', 'run', 'prompt_test'] as const

export const purposeText = (purpose: string): string =>
  (hasText(`llm_jobs.purpose.${purpose}`) ? translate(`llm_jobs.purpose.${purpose}`) : purpose)
