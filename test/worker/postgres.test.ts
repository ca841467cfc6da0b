import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalPostgres, startPostgres } from '../../worker/local/postgres.ts'
import { isAlive } from '../../worker/local/processes.ts'

let dir: string
let server: LocalPostgres

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'perennial-postgres-'))
  chmodSync(dir, 0o711)
})
afterAll(async () => {
  await server?.stop(true)
  rmSync(dir, { recursive: true, force: true })
})

const start = async () => (server = await startPostgres({ dir: join(dir, 'data'), port: 0 }))
async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

describe('the embedded PostgreSQL', () => {
  test('starts with UTF-8, a password and all durability on', async () => {
    await start()
    const settings = [
      'server_encoding',
      'fsync',
      'full_page_writes',
      'synchronous_commit',
      'listen_addresses',
      'password_encryption',
    ]
    const [row] = await query(`SELECT ${settings.map(name => `current_setting('${name}') AS ${name}`).join(', ')}`)
    expect(Object.values(row!)).toEqual(['UTF8', 'on', 'on', 'on', '127.0.0.1', 'scram-sha-256'])
    const stranger = new pg.Client({ connectionString: server.url.replace(/:[^:@]+@/, ':guess@') })
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/)
  })

  test('is taken over by a later start while it runs', async () => {
    const { pid } = server
    expect(await start()).toMatchObject({ pid, adopted: true })
  })

  test('killed, it comes back with what was committed', async () => {
    await query('CREATE TABLE kept AS SELECT 1 AS id')
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    expect((await start()).pid).not.toBe(pid)
    expect(await query('SELECT id FROM kept')).toEqual([{ id: 1 }])
  })

  test('takes another port when the wanted one is in use', async () => {
    const other = await startPostgres({ dir: join(dir, 'other'), port: server.port })
    expect(other.port).not.toBe(server.port)
    await other.stop()
    expect(await isAlive(other.pid)).toBe(false)
  })

  test('says in one sentence when the password file is not the one of the data', async () => {
    await server.stop()
    const file = join(dir, 'data.password')
    const right = readFileSync(file)
    writeFileSync(file, 'another')
    await expect(start()).rejects.toThrow(/data\.password is not the one .* was made with: put the old file back/)
    writeFileSync(file, right)
    expect(await start()).toMatchObject({ adopted: false })
  })

  test('a set-up that was killed half-way is begun anew', async () => {
    mkdirSync(join(dir, 'half.new', 'base'), { recursive: true })
    const half = await startPostgres({ dir: join(dir, 'half'), port: 0 })
    await half.stop()
    expect(existsSync(join(dir, 'half.new'))).toBe(false)
  })

  test("passes on PostgreSQL's own reason when it cannot start", async () => {
    await server.stop()
    writeFileSync(join(dir, 'data', 'PG_VERSION'), '9.6\n')
    await expect(start()).rejects.toThrow(/^PostgreSQL does not start on .*FATAL: {2}database files are incompatible with server/)
  })
})

test.runIf(process.getuid?.() === 0)('root may keep its data where nobody else can enter', async () => {
  const closed = mkdtempSync(join(tmpdir(), 'perennial-closed-'))
  const inside = await startPostgres({ dir: join(closed, 'data'), port: 0 })
  await inside.stop()
  rmSync(closed, { recursive: true, force: true })
})
