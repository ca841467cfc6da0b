import { hash } from 'node:crypto'
import type { Call } from '../../domain/customer/call.ts'
import { kept, sql } from '../../domain/sql.ts'
import { uuids } from '../binary.ts'
import type { Queryable } from '../client.ts'
import { violates } from '../violates.ts'

const md5 = (text: string): string => hash('md5', text)

/** How calls are held against those that came before. */
export interface Seeing {
  at: Date
  /** The import that the calls are lines of. */
  file?: number | undefined
  /** Trusts that none came before, which is cheaper to store; one that did ends the transaction: `isSeenBefore` of the error. */
  hopeful?: boolean | undefined
}

/** Whether a transaction ended because a call that it trusted to be new was not. */
export const isSeenBefore = (error: unknown): boolean => violates(error, 'call_seen_pkey')

/** The calls that were not seen before, also not earlier in the same batch. */
export async function firstSeen(tx: Queryable, calls: readonly Call[], { at, file, hopeful }: Seeing): Promise<Call[]> {
  const byId = new Map<string, Call>()
  const nameless: Call[] = []
  const lines: Call[] = []
  for (const call of calls) {
    if (call.messageId !== undefined) {
      const id = md5(call.messageId)
      if (!byId.has(id)) byId.set(id, call)
    } else if (call.content !== undefined && file !== undefined) lines.push(call)
    else nameless.push(call)
  }
  const named = byId.size > 0 ? await firstNamed(tx, byId, at, hopeful) : []
  return [...named, ...nameless, ...(lines.length > 0 ? await firstLines(tx, lines, { at, file: file!, hopeful }) : [])]
}

async function firstNamed(tx: Queryable, byId: ReadonlyMap<string, Call>, at: Date, hopeful = false): Promise<Call[]> {
  const ids = uuids([...byId.keys()].sort())
  if (hopeful) {
    // Without ON CONFLICT a row is written once and not first as a guess; two batches with the same ids meet in one order.
    await tx.run(
      kept(
        'ingest-calls',
        sql`INSERT INTO call_seen (id, received_at) SELECT id, ${at}::timestamptz FROM unnest(${ids}::uuid[]) AS u (id)`,
      ),
    )
    return [...byId.values()]
  }
  const rows = await tx.rows<{ id: string }>(sql`
    INSERT INTO call_seen (id, received_at) SELECT id, ${at}::timestamptz FROM unnest(${ids}::uuid[]) AS u (id)
    ON CONFLICT (id) DO NOTHING RETURNING replace(id::text, '-', '') AS id`)
  if (rows.length === byId.size) return [...byId.values()]
  const inserted = new Set(rows.map(row => row.id))
  return [...byId].filter(([id]) => inserted.has(id)).map(([, call]) => call)
}

/**
 * Lines that bring no id of their own are known by what they say and by how often the file has said it: two lines that say the
 * same are two, and the same file once more brings nothing. Each id remembers the last file that held it, so that the second
 * such line of one file is told from the first of another. Files are read one after the other for that.
 */
async function firstLines(
  tx: Queryable,
  lines: readonly Call[],
  { at, file, hopeful }: Seeing & { file: number },
): Promise<Call[]> {
  if (hopeful) {
    const said = new Map<string, number>()
    const ids = lines.map(({ content = '' }) => {
      const nth = (said.get(content) ?? 0) + 1
      said.set(content, nth)
      return lineId(content, nth)
    })
    await tx.run(
      sql`INSERT INTO call_seen (id, received_at, import) SELECT id, ${at}::timestamptz, ${file}::int FROM unnest(${`{${ids.sort().join(',')}}`}::uuid[]) AS u (id)`,
    )
    return [...lines]
  }
  const waiting = new Map<string, Call[]>()
  for (const line of lines) waiting.set(line.content!, [...(waiting.get(line.content!) ?? []), line])
  const next = new Map<string, number>([...waiting.keys()].map(content => [content, 1]))
  const fresh = new Set<Call>()
  for (let round = 1; waiting.size > 0; round++) {
    // A file that says one thing a million times is not asked a million times how often.
    if (round === longClimb) for (const content of waiting.keys()) next.set(content, (await timesSaid(tx, content, file)) + 1)
    const asked = [...waiting].flatMap(([content, of]) =>
      of.map((_, i) => ({ content, id: lineId(content, next.get(content)! + i) })),
    )
    const rows = await tx.rows<{ id: string; fresh: boolean }>(sql`
      INSERT INTO call_seen AS s (id, received_at, import) SELECT id, ${at}::timestamptz, ${file}::int FROM unnest(${asked.map(each => each.id)}::uuid[]) AS u (id) ORDER BY id
      ON CONFLICT (id) DO UPDATE SET import = excluded.import WHERE s.import IS DISTINCT FROM excluded.import
      RETURNING replace(s.id::text, '-', '') AS id, old.id IS NULL AS fresh`)
    const taken = new Map(rows.map(row => [row.id, row.fresh]))
    for (const { content, id } of asked) {
      next.set(content, next.get(content)! + 1)
      // Not answered: this file has said it that often already, so the line is a later one.
      const isFresh = taken.get(id)
      if (isFresh === undefined) continue
      const of = waiting.get(content)!
      const line = of.shift()!
      if (isFresh) fresh.add(line)
      if (of.length === 0) waiting.delete(content)
    }
  }
  return lines.filter(line => fresh.has(line))
}

const longClimb = 4
const lineId = (content: string, nth: number): string => md5(`line:${content}:${nth}`)

/** How often a file has said one thing so far: by doubling, then by halving. */
async function timesSaid(tx: Queryable, content: string, file: number): Promise<number> {
  const said = async (nths: readonly number[]): Promise<number[]> => {
    const byId = new Map(nths.map(nth => [lineId(content, nth), nth]))
    const rows = await tx.rows<{ id: string }>(
      sql`SELECT replace(id::text, '-', '') AS id FROM call_seen WHERE id = ANY(${[...byId.keys()]}::uuid[]) AND import = ${file}`,
    )
    return rows.map(row => byId.get(row.id)!)
  }
  let low = Math.max(0, ...(await said(Array.from({ length: 40 }, (_, i) => 2 ** i))))
  let high = low * 2
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if ((await said([middle])).length > 0) low = middle
    else high = middle
  }
  return low
}
