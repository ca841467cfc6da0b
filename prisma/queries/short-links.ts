import type { ShortLink } from '../../domain/message/short-links.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'
import { column, columns } from './columns.ts'

/** Keeps where the short links of messages lead, before they leave. A copy made again leads where its newest text does. */
export async function keepShortLinks(
  tx: Queryable,
  sent: readonly { envelope: { messageId: string; links?: readonly ShortLink[] } }[],
): Promise<void> {
  const rows = sent.flatMap(({ envelope }) => envelope.links?.map(link => ({ ...link, message: envelope.messageId })) ?? [])
  if (rows.length === 0) return
  const l = columns({
    code: column('text', rows, row => row.code),
    message: column('uuid', rows, row => row.message),
    url: column('text', rows, row => row.url),
  })
  await tx.run(sql`
    INSERT INTO short_link AS s (code, message, url) SELECT ${l.of.code}, ${l.of.message}, ${l.of.url} FROM ${l.table}
    ON CONFLICT (code) DO UPDATE SET url = excluded.url WHERE s.message = excluded.message`)
}

/** The message a short link belongs to and where it leads. */
export const findShortLink = (db: Queryable, code: string) =>
  db.row<{ message: string; url: string }>(sql`SELECT message, url FROM short_link WHERE code = ${code}`)
