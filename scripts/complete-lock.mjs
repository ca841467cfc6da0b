// Adds to package-lock.json the optional platform packages that the registry in use did not show, so that npm ci passes on every
// machine. Run it after each npm install that adds packages with builds per platform. Says how many it added.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const file = join(dirname(import.meta.dirname), 'package-lock.json')
const systems = { android: 'android', darwin: 'darwin', win32: 'win32', windows: 'win32', linux: 'linux', freebsd: 'freebsd' }
Object.assign(systems, { openbsd: 'openbsd', netbsd: 'netbsd', openharmony: 'openharmony', sunos: 'sunos', aix: 'aix' })
const processors = { arm64: 'arm64', aarch64: 'arm64', x64: 'x64', ia32: 'ia32', arm: 'arm', armv7: 'arm', ppc64: 'ppc64' }
Object.assign(processors, { s390x: 's390x', riscv64: 'riscv64', loong64: 'loong64', mips64el: 'mips64el', wasm32: 'wasm32' })

const lock = JSON.parse(readFileSync(file, 'utf8'))
const packages = lock.packages
let added = 0
for (const [at, entry] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(at, name)) continue
    packages[`node_modules/${name}`] = { ...platform(name, range), ...(entry.dev || entry.devOptional ? { dev: true } : {}) }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(file, JSON.stringify(lock, null, 2) + '\n')
console.log(`added ${added}`)

/** Node's own look-up: from the package's folder upwards. */
function isLocked(at, name) {
  for (
    let folder = at;
    ;
    folder = folder.includes('/node_modules/') ? folder.slice(0, folder.lastIndexOf('/node_modules/')) : ''
  ) {
    if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true
    if (!folder) return false
  }
}

/** What such an entry says: its version, and the platform that its name tells. */
function platform(name, range) {
  const words = name.split(/[-/]/)
  const os = words.map(word => systems[word]).find(Boolean)
  const cpu = words.map(word => processors[word] ?? (/^arm(?!64)/.test(word) ? 'arm' : undefined)).find(Boolean)
  const entry = { version: range.replace(/^[\^~=v]*/, ''), optional: true }
  if (os || cpu === 'wasm32') entry.os = [os ?? 'wasi']
  if (cpu) entry.cpu = [cpu]
  if (!entry.os && !entry.cpu) console.log(`no platform in the name: ${name} ${range}`)
  return entry
}
