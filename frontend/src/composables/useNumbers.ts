// Numbers, shares and sizes in the reader's language.

import { language } from '@/app/language'

export function sizeOf(bytes: number, code: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const options: Intl.NumberFormatOptions = { style: 'unit', unit: units[power]!, unitDisplay: power ? 'short' : 'long', maximumFractionDigits: 1 }
  return new Intl.NumberFormat(code, options).format(bytes / 1000 ** power)
}

export function useNumbers() {
  return {
    count: (value: number) => new Intl.NumberFormat(language.value).format(value),
    percent: (share: number) => new Intl.NumberFormat(language.value, { style: 'percent' }).format(share),
    size: (bytes: number) => sizeOf(bytes, language.value),
  }
}
