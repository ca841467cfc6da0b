// Makes prisma/generated from prisma/schema.prisma, when it has changed since the last time. Needs no network.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const schema = join(root, 'prisma', 'schema.prisma')
const output = join(root, 'prisma', 'generated')
const require = createRequire(import.meta.url)
const prisma = dirname(require.resolve('prisma/package.json', { paths: [root] }))

const version = JSON.parse(readFileSync(join(prisma, 'package.json'), 'utf8')).version
const stamp = createHash('sha256').update(version).update(readFileSync(schema)).digest('hex')
const stampFile = join(output, '.stamp')
if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) process.exit(0)

// Beside its place first (the schema's output is relative to the schema), then moved: nobody ever imports half a client.
const draft = join(root, 'prisma', `.generating-${process.pid}`)
try {
  mkdirSync(draft, { recursive: true })
  copyFileSync(schema, join(draft, 'schema.prisma'))
  const done = spawnSync(
    process.execPath,
    [join(prisma, 'build', 'index.js'), 'generate', '--no-hints', '--schema', join(draft, 'schema.prisma')],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...withoutEngine(), CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
    },
  )
  if (done.status !== 0 || !existsSync(join(draft, 'generated', 'client.ts'))) {
    throw new Error(`prisma generate failed:\n${done.stdout}${done.stderr}`)
  }
  writeFileSync(join(draft, 'generated', '.stamp'), stamp)
  const old = join(draft, 'old')
  if (existsSync(output)) renameSync(output, old)
  renameSync(join(draft, 'generated'), output)
} catch (error) {
  // Another run was quicker: its result is as good as ours.
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) throw error
} finally {
  rmSync(draft, { recursive: true, force: true })
}

/**
 * Every Prisma command first wants its schema engine and downloads it, though generating does not use it. Where it could not be
 * downloaded, a file that exists is enough. /bin/false, never /bin/true: a command that does need the engine must then fail.
 */
function withoutEngine() {
  if (process.env.PRISMA_SCHEMA_ENGINE_BINARY || !existsSync('/bin/false')) return {}
  const engines = join(dirname(prisma), '@prisma', 'engines')
  const present = existsSync(engines) && readdirSync(engines).some(name => name.startsWith('schema-engine-'))
  return present ? {} : { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false' }
}
