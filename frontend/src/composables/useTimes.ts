// Times in the reader's language; those that are relative grow older while they are looked at.

import { ref } from 'vue'

import { language } from '@/app/language'

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60]]
const now = ref(Date.now())
setInterval(() => (now.value = Date.now()), 30_000)

export function relative(at: string, present: number, code: string): string {
  const seconds = (present - Date.parse(at)) / 1000
  const [unit, length] = STEPS.find(([, least]) => Math.abs(seconds) >= least) ?? ['second', Infinity]
  const amount = Math.trunc(seconds / length)
  return new Intl.RelativeTimeFormat(code, { numeric: 'auto' }).format(amount === 0 ? 0 : -amount, unit)
}

export function useTimes() {
  const format = (at: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language.value, options).format(new Date(at))
  return {
    ago: (at: string) => relative(at, now.value, language.value),
    exactly: (at: string) => format(at, { dateStyle: 'long', timeStyle: 'medium' }),
    day: (at: string) => format(at, { dateStyle: 'medium' }),
  }
}
