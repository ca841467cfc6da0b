// Writes a row when it starts, and one at its end, after work that takes a moment: the database must still be there then.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { onShutdown } from '../../../prisma/process.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
pool.on('error', () => {})
const note = (text: string) => pool.query('INSERT INTO standin (pid, note) VALUES ($1, $2)', [process.pid, text])
await pool.query('CREATE TABLE IF NOT EXISTS standin (id serial, pid int, note text)')
await note('started')
setInterval(() => {}, 1_000)
onShutdown(async () => {
  await sleep(400)
  await note('drained')
  await pool.end()
})
