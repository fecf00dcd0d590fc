import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { createI18n } from 'vue-i18n'
import { describe, expect, it } from 'vitest'

import en from './en'
import fr from './fr'

type Branch = { [name: string]: string | Branch }

function flat(branch: Branch, path = ''): [string, string][] {
  return Object.entries(branch).flatMap(([name, value]) => {
    const here = path ? `${path}.${name}` : name
    return typeof value === 'string' ? [[here, value] as [string, string]] : flat(value, here)
  })
}

const french = new Map(flat(fr as Branch))
const english = new Map(flat(en as Branch))
const values = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /(?<!\.test)\.(ts|vue)$/.test(entry.name))
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}

const code = sources(join(import.meta.dirname, '..')).join('\n')

describe('the sentences', () => {
  it('are the same in both languages', () => {
    expect([...french.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it.each([...french.keys()])('%s names the same values in both and is not empty', (key) => {
    expect(values(french.get(key)!)).toEqual(values(english.get(key) ?? ''))
    expect(french.get(key)!.trim()).not.toBe('')
    expect(english.get(key)!.trim()).not.toBe('')
  })

  it('that the code names exist', () => {
    const named = [...code.matchAll(/(?:\bt|\$t|translate)\(\s*'([\w.]+)'/g)].map(found => found[1]!)
    const titles = [...code.matchAll(/(?:title|label): '([\w.]+\.[\w.]+)'/g)].map(found => found[1]!)
    expect(named.length).toBeGreaterThan(20)
    expect([...named, ...titles].filter(key => !french.has(key))).toEqual([])
  })

  it('can all be compiled', () => {
    for (const [code, messages] of [['fr', fr], ['en', en]] as const) {
      const i18n: { global: { t: unknown } } = createI18n({ legacy: false, locale: code, messages: { [code]: messages } as never })
      const t = i18n.global.t as (key: string, n: number) => string
      for (const key of french.keys()) expect(t(key, 2)).not.toBe(key)
    }
  })
})
