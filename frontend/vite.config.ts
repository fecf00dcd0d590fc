import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const COLORS = {
  primary: 'teal',
  secondary: 'stone',
  success: 'green',
  info: 'sky',
  warning: 'amber',
  error: 'red',
  neutral: 'stone',
} as const
const SHADES = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950]

// The libraries write colours and the drawer's rules into <style> elements at run time, which our policy forbids: here
// they become a file like the others.
const DRAWER = fileURLToPath(new URL('./node_modules/vaul-vue/dist/index.js', import.meta.url))
const INJECTED = /^\(function\(\)\{.*?createTextNode\('(.*?)'\)\),document.*?\}\)\(\);/s

function styles(): Plugin {
  const rules = Object.entries(COLORS).flatMap(([name, colour]) =>
    SHADES.map(shade => `--ui-color-${name}-${shade}: var(--color-${colour}-${shade});`))
  const drawer = INJECTED.exec(readFileSync(DRAWER, 'utf8'))?.[1]?.replaceAll(']:{', ']{') // a misprint of theirs
  if (!drawer) throw new Error('vaul-vue no longer begins with its styles: see styles() in vite.config.ts')
  return {
    name: 'passepartout:styles',
    enforce: 'pre',
    resolveId: id => (id === 'virtual:styles.css' ? '/@styles.css' : undefined),
    load(id) {
      if (id === '/@styles.css') return `:root {\n${rules.join('\n')}\n}\n${drawer}\n`
      return /@nuxt\/ui\/dist\/runtime\/plugins\/colors\.\w+$/.test(id) ? 'export default { install() {} }' : undefined
    },
    transform: (code, id) => (id.split('?')[0] === DRAWER ? code.replace(INJECTED, '') : undefined),
  }
}

/** Of the library's 22 colours, the shades that nothing names: a seventh of all styles. */
function unusedColours(): Plugin {
  return {
    name: 'passepartout:unused-colours',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const parts = Object.values(bundle)
      const all = parts.map(part => (part.type === 'chunk' ? part.code : part.fileName.endsWith('.css') ? String(part.source) : '')).join('\n')
      const named = new Set(all.match(/--color-[a-z]+-\d+\b(?!\s*:)/g))
      for (const part of parts) {
        if (part.type !== 'asset' || !part.fileName.endsWith('.css')) continue
        part.source = String(part.source).replace(/(--color-[a-z]+-\d+):[^;{}]+;/g, (whole, name) => (named.has(name) ? whole : ''))
      }
    },
  }
}

export default defineConfig({
  plugins: [
    styles(),
    unusedColours(),
    vue(),
    ui({
      colorMode: false,
      icon: { clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'] } } },
      ui: { colors: COLORS },
    }),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: { target: 'es2022', sourcemap: false, manifest: true, modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://127.0.0.1:8000', '/health': 'http://127.0.0.1:8000', '/ws': { target: 'ws://127.0.0.1:8000', ws: true } } },
})
