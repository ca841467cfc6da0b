import { customerPath, type ScopeCustomer } from '../../domain/message/scope.ts'
import type { RuleContext } from '../../domain/segment/predicate-kind.ts'
import { type Rule, ruleWhere } from '../../domain/segment/rule.ts'
import { join, raw, type Sql, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { patiently } from './members.ts'

/** A customer as a letter is filled for them. */
export type PreviewCustomer = ScopeCustomer & {
  id: number
  externalId: string
  locale: string | null
  attributes: Record<string, unknown>
  email: string | null
  phone: string | null
  timezone: string | null
  /** Has had a marketing SMS already. */
  smsBefore: boolean
}

export const previewCustomer = (db: Queryable, externalId: string) =>
  db.row<PreviewCustomer>(sql`SELECT id, external_id AS "externalId", email, phone, first_name AS "firstName", last_name AS "lastName", timezone, locale,
    created_at AS "createdAt", attributes,
    EXISTS (SELECT 1 FROM message m WHERE m.customer = customer.id AND m.channel = 'sms' AND m.class = 'marketing'
      AND m.status NOT IN ('skipped', 'deferred', 'queued', 'failed')) AS "smsBefore" FROM customer WHERE external_id = ${externalId}`)

/** The customer's newest event of a name: what would have brought them in. */
export const newestEvent = (db: Queryable, customer: number, name: string) =>
  db.row<{
    name: string
    properties: Record<string, unknown>
  }>(sql`SELECT n.name, e.properties FROM event e JOIN event_name n ON n.id = e.name
    WHERE e.customer = ${customer} AND n.name = ${name} ORDER BY e.at DESC, e.id DESC LIMIT 1`)

/** Of the customers a rule means, how many there are and how many lack each path; paths begin behind `customer`. */
export const customersLacking = (
  db: Db,
  rule: Rule,
  context: RuleContext,
  paths: readonly (readonly (string | number)[])[],
): Promise<{ of: number; lacking: number[] }> =>
  patiently(db, async tx => {
    const row = await tx.row<{ of: number; lacking: number[] }>(
      sql`SELECT count(*) AS of, ARRAY[${lackingEach(paths)}]::int[] AS lacking FROM customer c WHERE ${ruleWhere(rule, context)}`,
    )
    return row ?? { of: 0, lacking: paths.map(() => 0) }
  })

const lackingEach = (paths: readonly (readonly (string | number)[])[]) =>
  join(
    paths.map(path => sql`count(*) FILTER (WHERE ${isMissing(path)})`),
    ', ',
  )

/** Whether a template would find nothing at a path of the profile; what is null counts as missing, an empty text does not. */
function isMissing(path: readonly (string | number)[]) {
  const meaning = customerPath(['customer', ...path])
  if (meaning === undefined) return sql`false`
  if ('own' in meaning) return sql`${columns[meaning.own]} IS NULL`
  return missingIn(sql`c.attributes`, path[0] === 'attributes' ? path.slice(1) : path)
}

const missingIn = (json: Sql, path: readonly (string | number)[]) =>
  sql`coalesce(jsonb_typeof(${json} #> ${path.map(String)}::text[]), 'null') = 'null'`

const columns = {
  externalId: raw('c.external_id'),
  email: raw('c.email'),
  phone: raw('c.phone'),
  firstName: raw('c.first_name'),
  lastName: raw('c.last_name'),
  timezone: raw('c.timezone'),
  locale: raw('c.locale'),
  createdAt: raw('c.created_at'),
}

/** Of the newest events of a name (at most a thousand), how many lack each path of their properties. */
export async function eventsLacking(
  db: Queryable,
  name: number,
  paths: readonly (readonly (string | number)[])[],
): Promise<{ of: number; lacking: number[] }> {
  const each = join(
    paths.map(path => sql`count(*) FILTER (WHERE ${missingIn(raw('ev.properties'), path)})`),
    ', ',
  )
  const row = await db.row<{ of: number; lacking: number[] }>(sql`SELECT count(*) AS of, ARRAY[${each}]::int[] AS lacking
    FROM (SELECT properties FROM event WHERE name = ${name} ORDER BY at DESC LIMIT 1000) AS ev`)
  return row ?? { of: 0, lacking: paths.map(() => 0) }
}
