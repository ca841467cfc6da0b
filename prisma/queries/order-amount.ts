import { raw, type Sql, sql } from '../../domain/sql.ts'

/** How money of several currencies is added up: `rates` say what one unit is worth in `reporting`. */
export interface Convert {
  reporting: string
  rates: Readonly<Record<string, number>>
}

/** An event's currency as codes are written; NULL where it names none. */
export const currencyOf = (event: 'e' | 'ev'): Sql => sql`upper(nullif(${raw(event)}.currency, ''))`

/** What an event that names a currency said its amount was: `amountOf` of domain/customer/call.ts in SQL. */
export function saidAmount(event: 'e' | 'ev'): Sql {
  const e = raw(event)
  const said = sql`coalesce(${e}.properties ->> 'revenue', ${e}.properties ->> 'value', ${e}.properties ->> 'total')`
  return sql`CASE WHEN ${said} ~ '^-?[0-9]{1,15}(\\.[0-9]{1,30})?$' THEN ${said}::float8 END`
}

/**
 * What an event's amount was in the currency it came in. `event.value` is in the reporting currency, and nothing where that could
 * not be told, so the amount of one that names a currency is read where it was said.
 */
export const faceAmount = (event: 'e' | 'ev'): Sql =>
  sql`CASE WHEN ${currencyOf(event)} IS NULL THEN ${raw(event)}.value ELSE ${saidAmount(event)} END`

/** What one unit of an event's currency is worth in the reporting one; unknown where there is no rate. */
export const rateOf = (event: 'e' | 'ev', { reporting, rates }: Convert): Sql => {
  const code = currencyOf(event)
  return sql`CASE WHEN coalesce(${code}, ${reporting}) = ${reporting} THEN 1 ELSE (${JSON.stringify(rates)}::jsonb ->> ${code})::float8 END`
}

/** What an event that names a currency is worth in the reporting one, as ingest keeps it. */
export const worthOf = (event: 'e' | 'ev', convert: Convert): Sql =>
  sql`CASE WHEN ${currencyOf(event)} = ${convert.reporting} THEN ${saidAmount(event)}
    ELSE floor(${saidAmount(event)} * ${rateOf(event, convert)} * 10000 + 0.5) / 10000 END`
