import { readdirSync, readFileSync } from 'node:fs'
import { sql } from '../domain/sql.ts'
import type { Db } from '../prisma/client.ts'

/** Fields 14 to 17 of /proc/PID/stat, in hundredths of a second, and its parent. */
function statOf(pid: number | string) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number)
  return { parent: fields[1] ?? 0, own: (fields[11] ?? 0) + (fields[12] ?? 0), ended: (fields[13] ?? 0) + (fields[14] ?? 0) }
}

/**
 * CPU seconds that all processes of a PostgreSQL server on this machine have used so far, those that ended included: what a
 * statement costs, whoever else keeps the machine busy. Not a number where there is no /proc.
 */
export async function serverCpu(db: Db): Promise<number> {
  try {
    const row = await db.row<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`)
    const postmaster = statOf(row?.pid ?? 0).parent
    let total = statOf(postmaster).own + statOf(postmaster).ended
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        const stat = statOf(pid)
        if (stat.parent === postmaster) total += stat.own
      } catch {
        // It ended meanwhile: its time went to its parent.
      }
    }
    return total / 100
  } catch {
    return Number.NaN
  }
}
