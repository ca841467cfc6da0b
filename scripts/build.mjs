// Makes dist from the sources: Prisma's client, JavaScript, the workflow bundle, the web page; nothing at all when nothing has changed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const dist = join(root, 'dist')
const stampFile = join(dist, '.stamp')
const folders = ['activities', 'api', 'channels', 'domain', 'prisma', 'scripts', 'worker', 'workflows']
const files = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

const stamp = fingerprint()
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  run('scripts/prisma-generate.mjs')
  rmSync(stampFile, { force: true })
  // Types are checked by npm run types: a start need not wait for that.
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck')
  removeOrphans(dist)
  // Written as the browser reads it.
  copyFileSync(join(root, 'api/inbox/inbox.js'), join(dist, 'api/inbox/inbox.js'))
  run('scripts/bundle-workflows.mjs')
  mkdirSync(dist, { recursive: true })
  writeFileSync(stampFile, stamp)
}
await import('./build-web.mjs')

function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** Of every source's name and content. */
function fingerprint() {
  const hash = createHash('sha256')
  const sources = folders.flatMap(folder => readdirSync(join(root, folder), { recursive: true }).map(name => join(folder, name)))
  for (const name of [
    ...files,
    ...sources.filter(name => /\.(ts|mjs|js|prisma|json)$/.test(name) && !name.includes('generated')),
  ].sort()) {
    hash
      .update(name)
      .update('\0')
      .update(readFileSync(join(root, name)))
      .update('\0')
  }
  return hash.digest('hex')
}

/** A file of dist whose source is gone would still be imported, and still be bundled. */
function removeOrphans(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.js') || name === 'workflow-bundle.js' || name.startsWith('web')) continue
    if (existsSync(join(root, name.replace(/\.js$/, '.ts')))) continue
    rmSync(join(folder, name))
    rmSync(join(folder, `${name}.map`), { force: true })
  }
}
