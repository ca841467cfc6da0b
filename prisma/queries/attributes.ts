import type { Fault } from '../../domain/errors.ts'
import {
  attributesOf,
  type KindCounts,
  kindWarnings,
  moneyWarnings,
  type ValueKind,
} from '../../domain/segment/attribute-types.ts'
import type { Rule } from '../../domain/segment/rule.ts'
import { jsonAt } from '../../domain/segment/value.ts'
import { sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

/** So many customers or events are looked at to tell what values are like: those who came last. */
const lookedAt = 1_000
/** The same for the list of all attributes. */
const listedFrom = 10_000
const mostListed = 1_000

/** An attribute with the kinds its values have, each with how many; `dates` of its texts are moments. */
export interface AttributeRow {
  name: string
  customers: number
  kinds: Partial<Record<ValueKind, number>>
  dates: number
}

/** The attributes there are, by name, as the customers who came last have them. */
export async function listAttributes(db: Queryable): Promise<{ of: number; attributes: AttributeRow[] }> {
  const row = await db.row<{ of: number; attributes: AttributeRow[] | null }>(sql`
    WITH who AS MATERIALIZED (SELECT attributes FROM customer ORDER BY id DESC LIMIT ${listedFrom}), kind AS (
      SELECT a.key AS name, jsonb_typeof(a.value) AS kind, count(*)::int AS n, count(moment_of(a.value))::int AS dates
      FROM who, jsonb_each(who.attributes) a WHERE a.value <> 'null' GROUP BY 1, 2
    ), named AS (
      SELECT name, sum(n)::int AS customers, json_object_agg(kind, n) AS kinds, sum(dates)::int AS dates FROM kind GROUP BY 1 ORDER BY name COLLATE "C" LIMIT ${mostListed}
    )
    SELECT (SELECT count(*)::int FROM who) AS of, (SELECT json_agg(named) FROM named) AS attributes`)
  return { of: row?.of ?? 0, attributes: row?.attributes ?? [] }
}

/** What a rule compares that, by the values there are, nothing or not everything can pass, and sums that leave amounts out. */
export async function ruleWarnings(db: Queryable, rule: Rule, eventId: (name: string) => number | undefined): Promise<Fault[]> {
  const kinds = new Map<string, KindCounts>()
  for (const attribute of attributesOf(rule).slice(0, 50)) {
    const value = jsonAt(sql`c.attributes`, attribute)
    const rows = await db.rows<{ kind: ValueKind; n: number }>(sql`SELECT jsonb_typeof(v) AS kind, count(*)::int AS n
      FROM (SELECT ${value} AS v FROM (SELECT attributes FROM customer ORDER BY id DESC LIMIT ${lookedAt}) c) x WHERE v <> 'null' GROUP BY 1 ORDER BY 1`)
    kinds.set(attribute, new Map(rows.map(({ kind, n }) => [kind, n])))
  }
  const unknown = new Map<string, { without: number; of: number; currencies: string[] }>()
  for (const name of moneyWarnings.events(rule).slice(0, 20)) {
    const id = eventId(name)
    if (id === undefined) continue
    const row = await db.row<{ without: number; of: number; currencies: string[] | null }>(sql`SELECT count(*)::int AS of,
        count(*) FILTER (WHERE value IS NULL AND currency <> '')::int AS without,
        (array_agg(DISTINCT upper(currency)) FILTER (WHERE value IS NULL AND currency <> ''))[1:5] AS currencies
      FROM (SELECT value, currency FROM event WHERE name = ${id} ORDER BY at DESC LIMIT ${lookedAt}) e`)
    if (row) unknown.set(name, { ...row, currencies: row.currencies ?? [] })
  }
  return [
    ...kindWarnings(rule, attribute => kinds.get(attribute) ?? new Map()),
    ...moneyWarnings.of(rule, name => unknown.get(name)),
  ]
}
