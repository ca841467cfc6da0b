import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * A secret kept in a file that only its owner reads: made at first use, the same ever after, also when two processes ask at
 * the same time. `fresh` is true for the one that made it.
 */
export async function keptSecret(file: string, make: () => string): Promise<{ value: string; fresh: boolean }> {
  const present = await read(file)
  if (present) return { value: present, fresh: false }
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(draft, make() + '\n', { mode: 0o600 })
    await link(draft, file) // whole or not at all; fails when another process was first: then its secret holds
    return { value: (await read(file))!, fresh: true }
  } catch (error) {
    const theirs = await read(file)
    if (theirs) return { value: theirs, fresh: false }
    throw new Error(`cannot keep a secret in ${file}: ${(error as Error).message}; make the folder writable or set DATA_DIR`, {
      cause: error,
    })
  } finally {
    await rm(draft, { force: true })
  }
}

/** The owner's API key: `API_KEY` when set, else one made at first start and kept in the data directory. */
export async function ownerKey(config: {
  apiKey?: string | undefined
  dataDir: string
}): Promise<{ key: string; fresh: boolean; file?: string }> {
  if (config.apiKey) return { key: config.apiKey, fresh: false }
  const file = join(config.dataDir, 'owner-key')
  const { value, fresh } = await keptSecret(file, () => `pk_${randomBytes(24).toString('base64url')}`)
  return { key: value, fresh, file }
}

/** The key that signs tokens and keyed hashes: `SECRET_KEY` when set, else one made at first use and kept in the data directory. */
export async function secretKey(config: { secretKey?: string | undefined; dataDir: string }): Promise<string> {
  if (config.secretKey) return config.secretKey
  return (await keptSecret(join(config.dataDir, 'secret-key'), () => randomBytes(32).toString('hex'))).value
}

async function read(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`cannot read ${file}: ${(error as Error).message}`, { cause: error })
  }
}
