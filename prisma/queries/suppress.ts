import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** An address that must not be written to. `address` is its keyed hash (domain/customer/address-hash.ts). */
export interface Suppressed {
  channel: string
  address: Buffer
  reason: string
  source: string
  at: Date
}

/**
 * Puts addresses on the list. One that stands there keeps its reason, but for `unsubscribed`, which still lets transactions
 * through: every other reason is stronger.
 */
export async function suppress(tx: Queryable, list: readonly Suppressed[]): Promise<void> {
  if (list.length === 0) return
  await tx.run(sql`
    INSERT INTO suppression (channel, address, reason, source, at)
    SELECT DISTINCT ON (channel, address) channel, address, reason, source, at
    FROM unnest(${list.map(one => one.channel)}::text[], ${list.map(one => one.address)}::bytea[], ${list.map(one => one.reason)}::text[],
      ${list.map(one => one.source)}::text[], ${list.map(one => one.at)}::timestamptz[]) AS s (channel, address, reason, source, at)
    ORDER BY channel, address, reason = 'unsubscribed', at
    ON CONFLICT (channel, address) DO UPDATE SET reason = excluded.reason, source = excluded.source, at = excluded.at
      WHERE suppression.reason = 'unsubscribed' AND excluded.reason <> 'unsubscribed'`)
}

/** Tells of each of these addresses whether it stands on the list. */
export async function areSuppressed(
  tx: Queryable,
  list: readonly Pick<Suppressed, 'channel' | 'address'>[],
): Promise<(one: Pick<Suppressed, 'channel' | 'address'>) => boolean> {
  const name = ({ channel, address }: Pick<Suppressed, 'channel' | 'address'>) => `${channel} ${address.toString('hex')}`
  if (list.length === 0) return () => false
  const rows = await tx.rows<{ channel: string; address: Buffer }>(sql`SELECT channel, address FROM suppression
    WHERE (channel, address) IN (SELECT * FROM unnest(${list.map(one => one.channel)}::text[], ${list.map(one => one.address)}::bytea[]))`)
  const standing = new Set(rows.map(name))
  return one => standing.has(name(one))
}

/** Takes an address off the list again, where it stands for one of these reasons. */
export const unsuppress = (tx: Queryable, channel: string, address: Buffer, reasons: readonly string[]) =>
  tx.run(sql`DELETE FROM suppression WHERE channel = ${channel} AND address = ${address} AND reason = ANY(${reasons}::text[])`)
