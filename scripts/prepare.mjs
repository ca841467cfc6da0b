// npm runs this at the end of an install: builds at once, so that the first start has nothing left to do. An install without the
// sources (a layer of an image) or without the compiler (npm ci --omit=dev) builds nothing.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const needed = [
  'tsconfig.build.json',
  'worker/main.ts',
  'web/main.tsx',
  'node_modules/typescript',
  'node_modules/esbuild',
  'node_modules/prisma',
]
if (needed.every(path => existsSync(join(root, path)))) await import('./build.mjs')
