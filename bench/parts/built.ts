import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
let made = false

/** A module as it ships: compiled by the build. What runs benches from the sources names every closure as it makes it, and that costs. */
export async function built<Module>(path: string): Promise<Module> {
  if (!made) execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  made = true
  return (await import(join(root, 'dist', `${path}.js`))) as Module
}
