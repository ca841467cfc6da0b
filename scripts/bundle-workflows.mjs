// Bundles dist/workflows/index.js into dist/workflow-bundle.js once, so that no worker has to do it at its start.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const dist = join(dirname(import.meta.dirname), 'dist')
const entry = join(dist, 'workflows', 'index.js')
const output = join(dist, 'workflow-bundle.js')
const stampFile = join(dist, 'workflow-bundle.stamp')

if (!existsSync(entry)) {
  console.error('dist/workflows/index.js is not there: run npm run build')
  process.exit(1)
}
// All that workflow code may import: workflows, domain and the locked packages.
const hash = createHash('sha256').update(readFileSync(join(dirname(dist), 'package-lock.json')))
for (const folder of ['workflows', 'domain']) {
  for (const name of readdirSync(join(dist, folder), { recursive: true }).sort()) {
    if (name.endsWith('.js')) hash.update(name).update(readFileSync(join(dist, folder, name)))
  }
}
const stamp = hash.digest('hex')
if (existsSync(output) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) process.exit(0)

// The bundler takes most of a second to load: only when there is something to do.
const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker')
const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: new DefaultLogger('WARN') })
writeFileSync(`${output}.${process.pid}`, code)
renameSync(`${output}.${process.pid}`, output)
writeFileSync(stampFile, stamp)
