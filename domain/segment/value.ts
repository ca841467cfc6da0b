import { join, raw, type Sql, sql } from '../sql.ts'

export type Scalar = string | number | boolean

/**
 * A value of one customer as operators ask for it in SQL, whatever it is stored as. Each part is unknown (NULL) where the
 * value is missing or of another kind, and none ever raises an error.
 */
export interface SqlValue {
  present: Sql
  /** Whether it equals one of these, kind and all: the number 5 is not the text "5". */
  oneOf(scalars: readonly Scalar[]): Sql
  number(sign: '<' | '<=' | '>' | '>=', limit: number): Sql
  text: Sql
  /** A condition on the text; on a list of texts, `entry` on one of them. */
  textOrEntry(text: (text: Sql) => Sql, entry: (text: Sql) => Sql): Sql
  /** Whether the moment it means lies in a stretch of time. */
  momentIn(stretch: Stretch): Sql
  /** The moment it means, of those after this one; of those before it, that or unknown. */
  moment(after: Date): Sql
}

/** All times after, before, and up to these. */
export interface Stretch {
  after?: Date
  before?: Date
  upTo?: Date
}

const unknown = raw('NULL::boolean')

/** A value at a dotted path of a column of JSON. Its text is taken out of the column at once: a value made of it first costs twice that. */
export function jsonValue(column: Sql, path: string): SqlValue {
  const json = jsonAt(column, path)
  const string = jsonAt(column, path, '>>')
  return {
    present: sql`jsonb_typeof(${json}) <> 'null'`,
    oneOf: scalars => oneOfJson(column, path, scalars),
    // JSON values of one kind compare by value: no cast, so nothing that could fail.
    number: (sign, limit) => sql`jsonb_typeof(${json}) = 'number' AND ${json} ${raw(sign)} ${JSON.stringify(limit)}::jsonb`,
    text: sql`CASE jsonb_typeof(${json}) WHEN 'string' THEN ${string} END`,
    textOrEntry: (text, entry) => sql`CASE jsonb_typeof(${json})
      WHEN 'string' THEN ${text(string)}
      WHEN 'array' THEN EXISTS (SELECT 1 FROM jsonb_array_elements(${json}) AS list (entry) WHERE jsonb_typeof(entry) = 'string' AND ${entry(raw("(entry #>> '{}')"))})
    END`,
    momentIn: stretch => textMomentIn(string, json, stretch),
    moment: after => textMoment(string, json, after),
  }
}

/**
 * Whether the value is one of these. One is asked of the whole column, which makes nothing of it; of several, texts are compared as texts
 * and only those that are equal are asked for their kind, and numbers by value, 5 being 5.0. In a CASE, because PostgreSQL does not know
 * how common a value in JSON is: of an operator it believes one in two hundred, which it looks up one by one in the other parts of a
 * rule, though it may be everybody; of a CASE it believes every second.
 */
function oneOfJson(column: Sql, path: string, scalars: readonly Scalar[]): Sql {
  const parts = path.split('.')
  const [one] = scalars
  if (scalars.length === 1 && !parts.some(part => integer.test(part)))
    return sql`CASE WHEN ${column} @> ${JSON.stringify(parts.reduceRight<unknown>((value, name) => ({ [name]: value }), one))}::jsonb THEN true END`
  const json = jsonAt(column, path)
  const texts = scalars.filter(scalar => typeof scalar === 'string')
  const others = scalars.filter(scalar => typeof scalar !== 'string').map(scalar => JSON.stringify(scalar))
  const text = sql`CASE WHEN ${jsonAt(column, path, '>>')} = ANY(${texts}::text[]) THEN jsonb_typeof(${json}) = 'string' END`
  const other = sql`CASE WHEN ${json} = ANY(${others}::jsonb[]) THEN true END`
  return join([...(texts.length > 0 ? [text] : []), ...(others.length > 0 ? [other] : [])], ' OR ')
}

/** What `#>` takes for a place in a list. */
const integer = /^[ \t-\r]*[+-]?\d+$/

/** A column of text. */
export const textColumn = (column: Sql): SqlValue => ({
  present: sql`${column} IS NOT NULL`,
  oneOf: scalars => sql`${column} = ANY(${scalars.filter(scalar => typeof scalar === 'string')}::text[])`,
  number: () => unknown,
  text: column,
  textOrEntry: text => text(column),
  momentIn: stretch => textMomentIn(column, sql`to_jsonb(${column})`, stretch),
  moment: after => textMoment(column, sql`to_jsonb(${column})`, after),
})

/** A column of time. */
export const momentColumn = (column: Sql): SqlValue => ({
  present: sql`${column} IS NOT NULL`,
  oneOf: () => unknown,
  number: () => unknown,
  text: raw('NULL::text'),
  textOrEntry: () => unknown,
  momentIn: stretch => stretchWhere(column, stretch),
  moment: () => column,
})

function stretchWhere(moment: Sql, { after, before, upTo }: Stretch): Sql {
  const conditions: Sql[] = []
  if (after) conditions.push(sql`${moment} > ${after}::timestamptz`)
  if (before) conditions.push(sql`${moment} < ${before}::timestamptz`)
  if (upTo) conditions.push(sql`${moment} <= ${upTo}::timestamptz`)
  return join(conditions, ' AND ')
}

/**
 * Working out the moment of a text costs ten times what comparing it does, so most are ruled out by their first ten letters:
 * a date is at most a day away from the moment it means, whatever the offset behind it.
 */
function textMomentIn(text: Sql, json: Sql, stretch: Stretch): Sql {
  const end = stretch.before ?? stretch.upTo
  const earliest = stretch.after && dayOf(stretch.after.getTime() - day)
  const latest = end && dayOf(end.getTime() + 2 * day)
  const conditions: Sql[] = []
  if (earliest) conditions.push(sql`${text} COLLATE "C" >= ${earliest}::text`)
  if (latest) conditions.push(sql`${text} COLLATE "C" < ${latest}::text`)
  const { after, upTo } = stretch
  const moment = sql`moment_of(${json})`
  // Between two bounds it is worked out once, and not for each of them.
  conditions.push(
    after && upTo
      ? sql`${moment} <@ tstzrange(${after}::timestamptz, ${upTo}::timestamptz, '(]')`
      : stretchWhere(moment, stretch),
  )
  return join(conditions, ' AND ')
}

function textMoment(text: Sql, json: Sql, after: Date): Sql {
  const earliest = dayOf(after.getTime() - day)
  const moment = sql`moment_of(${json})`
  return earliest ? sql`CASE WHEN ${text} COLLATE "C" >= ${earliest}::text THEN ${moment} END` : moment
}

const day = 86_400_000
/** The day as texts begin with it; undefined outside the years that texts can name. */
function dayOf(time: number): string | undefined {
  const text = new Date(time).toISOString()
  return /^[1-9]\d{3}-/.test(text) ? text.slice(0, 10) : undefined
}

/** Parts of a dotted path: at most ten, none empty. */
export const pathPattern = /^[^.]+(\.[^.]+){0,9}$/u

/**
 * The JSON at a dotted path, or its text (`>>`), as PostgreSQL's `#>` finds it: names lead through objects, whole numbers through
 * lists.
 */
export function jsonAt(json: Sql, path: string, as: '>' | '>>' = '>'): Sql {
  const parts = path.split('.')
  return parts.length === 1 ? sql`(${json} ${raw(`-${as}`)} ${path}::text)` : sql`(${json} ${raw(`#${as}`)} ${parts}::text[])`
}

/** The same in memory; undefined where the path leads nowhere. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json
  for (const part of path.split('.')) {
    if (Array.isArray(value)) value = integer.test(part) ? value.at(Number(part)) : undefined
    else
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, part)
          ? (value as Record<string, unknown>)[part]
          : undefined
  }
  return value
}

/** Small letters by the full Unicode rules, the same in the database as in `toLowerCase`. */
export const lower = (text: Sql): Sql => sql`lower(${text} COLLATE pg_unicode_fast)`
