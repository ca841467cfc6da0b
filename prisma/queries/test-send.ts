import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** Since when the person behind an address has said no to the channel; undefined when nobody known has. */
export const unsubscribedSince = async (db: Queryable, channel: 'email' | 'sms', address: string): Promise<Date | undefined> =>
  (
    await db.row<{ at: Date }>(sql`
      SELECT k.at FROM customer c JOIN consent k ON k.customer = c.id
      WHERE ${channel === 'email' ? sql`lower(c.email) = lower(${address})` : sql`c.phone = ${address}`}
        AND k.channel = ${channel} AND k.topic = '' AND k.status = 'unsubscribed' ORDER BY k.at DESC LIMIT 1`)
  )?.at
