import { z } from 'zod'
import { fault, refusal } from '../domain/errors.ts'
import { field } from '../domain/texts/field.ts'

/** The query of every list. */
export const pageQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,9}$/, { error: field(t => t.fields.wholeNumber) })
    .transform(Number)
    .pipe(
      z
        .int()
        .min(1, { error: field(t => t.fields.atLeastOne) })
        .max(500, { error: field(t => t.fields.atMost500) }),
    )
    .default(50),
  cursor: z.string().max(2_000).optional(),
})

export const pageOf = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item), next: z.string().nullable() })

/** What stands behind a cursor is ours to change; callers hand it back as it is. */
export const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url')

/** The position a cursor stands for, or undefined without one. Throws `malformed` for one we did not make. */
export function decodeCursor<Position>(cursor: string | undefined, schema: z.ZodType<Position>): Position | undefined {
  if (cursor === undefined) return undefined
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch {
    throw refusal('malformed', [fault('/querystring/cursor', 'invalidCursor', t => t.refusals.otherCursor)])
  }
}

/** A page from `limit + 1` rows: the extra one only says that there is more. `at` is the position of a row. */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  at: (row: Row) => unknown,
  show: (row: Row) => Item,
): { data: Item[]; next: string | null } {
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { data: rows.slice(0, limit).map(show), next: last === undefined ? null : encodeCursor(at(last)) }
}
