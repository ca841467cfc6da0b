import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PageFile {
  type: string
  /** Names that carry a hash of their content never change. */
  immutable: boolean
  plain: Buffer
  /** As the build packed it, by the name of the encoding. */
  packed: Partial<Record<'br' | 'gzip', Buffer>>
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

let found: ReadonlyMap<string, PageFile> | undefined
/** The built page by path (`page.html`, `assets/…`), read once; empty when `npm run build` has not made it. */
export const pageFiles = (): ReadonlyMap<string, PageFile> => {
  found ??= readPageFiles()
  return found
}

function readPageFiles(): ReadonlyMap<string, PageFile> {
  // Beside the built API; for an API that runs from its sources, in dist.
  const folder = ['../web/', '../dist/web/']
    .map(path => fileURLToPath(new URL(path, import.meta.url)))
    .find(path => existsSync(join(path, 'assets')))
  if (!folder) return new Map()
  const names = readdirSync(folder, { recursive: true }).map(name => String(name).replaceAll('\\', '/'))
  const read = (name: string) => (names.includes(name) ? readFileSync(join(folder, name)) : undefined)
  return new Map(
    names.flatMap(name => {
      const type = types[extname(name)]
      if (!type) return []
      const [br, gzip] = [read(`${name}.br`), read(`${name}.gz`)]
      const packed = { ...(br ? { br } : {}), ...(gzip ? { gzip } : {}) }
      return [[name, { type, immutable: name.startsWith('assets/'), plain: read(name)!, packed }] as const]
    }),
  )
}

/** The script the page begins with: it carries a hash, so another name is another page. Undefined where none is built. */
export const entryOf = (files: ReadonlyMap<string, PageFile>): string | undefined =>
  /<script type="module" src="\/assets\/([^"]+)"/.exec(files.get('page.html')?.plain.toString('utf8') ?? '')?.[1]

/** The smallest form of a file that a client takes. */
export function bestOf(file: PageFile, acceptEncoding: string | undefined): { body: Buffer; encoding?: string } {
  const takes = (name: string) => new RegExp(`(^|,)\\s*${name}\\s*(?!;\\s*q=0(\\.0*)?\\s*(,|$))`).test(acceptEncoding ?? '')
  if (file.packed.br && takes('br')) return { body: file.packed.br, encoding: 'br' }
  if (file.packed.gzip && takes('gzip')) return { body: file.packed.gzip, encoding: 'gzip' }
  return { body: file.plain }
}
