// Makes dist/web from web: one document, hashed files in assets, each packed for the wire; nothing when nothing has changed.
// Needs no network. Run by scripts/build.mjs.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = dirname(import.meta.dirname)
const source = join(root, 'web')
const output = join(root, 'dist', 'web')
const stampFile = join(output, '.stamp')

/** Of every source's name and content, of this script, and of the locked packages. */
function fingerprint() {
  const hash = createHash('sha256')
  const names = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
  for (const name of [...names, join(root, 'package-lock.json'), import.meta.filename].sort())
    hash.update(name.slice(root.length)).update('\0').update(readFileSync(name)).update('\0')
  return hash.digest('hex')
}

/** Names of what the document loads at once: the entry, its styles, and the chunks it imports statically. */
function firstLoad(outputs, entry) {
  const wanted = new Set()
  const visit = name => {
    if (wanted.has(name)) return
    wanted.add(name)
    for (const { path, kind } of outputs[name]?.imports ?? []) if (kind === 'import-statement') visit(path)
  }
  visit(entry)
  if (outputs[entry].cssBundle) wanted.add(outputs[entry].cssBundle)
  return [...wanted]
}

async function build() {
  // The bundler takes a moment to load: only when there is something to do.
  const { build: bundle } = await import('esbuild')
  const draft = `${output}.${process.pid}`
  const { metafile } = await bundle({
    entryPoints: [join(source, 'main.tsx')],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome115', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    minify: true,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.woff2': 'file' },
    outdir: join(draft, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    publicPath: '/assets',
    metafile: true,
    absWorkingDir: draft.slice(0, draft.lastIndexOf('/')),
    logLevel: 'warning',
  })
  const short = Object.fromEntries(
    Object.entries(metafile.outputs).map(([name, value]) => [
      name.replace(/^.*assets\//, ''),
      {
        ...value,
        cssBundle: value.cssBundle?.replace(/^.*assets\//, ''),
        imports: value.imports.map(each => ({ ...each, path: each.path.replace(/^.*assets\//, '') })),
      },
    ]),
  )
  const entry = Object.keys(short).find(name => short[name].entryPoint?.endsWith('main.tsx'))
  const first = firstLoad(short, entry)
  // Where most readers land is fetched with the rest, not after it.
  const landing = firstLoad(
    short,
    Object.keys(short).find(name => short[name].entryPoint?.endsWith('pages/overview.tsx')),
  )
  first.push(...landing.filter(name => !first.includes(name)))
  const scripts = first.filter(name => name.endsWith('.js') && name !== entry)
  const tags = [
    ...first.filter(name => name.endsWith('.css')).map(name => `<link rel="stylesheet" href="/assets/${name}">`),
    ...scripts.map(name => `<link rel="modulepreload" href="/assets/${name}">`),
    `<script type="module" src="/assets/${entry}"></script>`,
  ]
  const page = readFileSync(join(source, 'page.html'), 'utf8').replace('<!-- files -->', tags.join('\n    '))
  writeFileSync(join(draft, 'page.html'), page)
  writeFileSync(join(draft, 'first-load.json'), JSON.stringify(['page.html', ...first.map(name => `assets/${name}`)]))
  for (const name of readdirSync(draft, { recursive: true })) {
    if (!/\.(js|css|html|svg)$/.test(name)) continue
    const text = readFileSync(join(draft, name))
    writeFileSync(join(draft, `${name}.br`), brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
    writeFileSync(join(draft, `${name}.gz`), gzipSync(text, { level: 9 }))
  }
  return draft
}

const stamp = fingerprint()
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  mkdirSync(dirname(output), { recursive: true })
  const draft = await build()
  writeFileSync(join(draft, '.stamp'), stamp)
  const old = `${output}.old-${process.pid}`
  if (existsSync(output)) renameSync(output, old)
  renameSync(draft, output)
  rmSync(old, { recursive: true, force: true })
}
