import { type Sql, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface SuppressionRow {
  channel: string
  address: Buffer
  reason: string
  source: string
  at: Date
}

const columns = sql`channel, address, reason, source, at`

/** The list, newest first, behind a position. */
export function listSuppressions(
  db: Queryable,
  filter: { channel?: string | undefined; limit: number; before?: { at: string; channel: string; address: string } | undefined },
): Promise<SuppressionRow[]> {
  const { before } = filter
  const behind: Sql = before
    ? sql`(at, channel, address) < (${before.at}::timestamptz, ${before.channel}::text, decode(${before.address}, 'hex'))`
    : sql`true`
  const on: Sql = filter.channel === undefined ? sql`true` : sql`channel = ${filter.channel}`
  return db.rows(
    sql`SELECT ${columns} FROM suppression WHERE ${behind} AND ${on} ORDER BY at DESC, channel DESC, address DESC LIMIT ${filter.limit}`,
  )
}

export const findSuppression = (db: Queryable, channel: string, address: Buffer): Promise<SuppressionRow | undefined> =>
  db.row(sql`SELECT ${columns} FROM suppression WHERE channel = ${channel} AND address = ${address}`)

/** Takes an address off the list, whatever it stood there for. */
export const liftSuppression = async (db: Queryable, channel: string, address: Buffer): Promise<boolean> =>
  (await db.run(sql`DELETE FROM suppression WHERE channel = ${channel} AND address = ${address}`)) > 0
