// The lock names no host: a package is known by its version and its hash, whatever registry it comes from.

import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
for (const found of Object.values(lock.packages)) {
  delete found.resolved
  delete found.funding
  delete found.deprecated
}
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
