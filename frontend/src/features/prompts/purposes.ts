import { hasText, translate } from '@/app/i18n'

/** What a prompt is for; one that is new here is called by its key. */
export const purposeText = (key: string): string =>
  (hasText(`prompts.purpose.${key}`) ? translate(`prompts.purpose.${key}`) : key)
