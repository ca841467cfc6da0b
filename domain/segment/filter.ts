import { z } from 'zod'
import type { Sql } from '../sql.ts'
import { field } from '../texts/field.ts'
import type { Texts } from '../texts/texts.ts'
import {
  type Comparison,
  compares,
  comparesMessage,
  comparisonFields,
  comparisonHolds,
  comparisonWhere,
  describeComparison,
} from './comparison.ts'
import { and } from './logic.ts'
import { jsonValue, pathPattern, valueAt } from './value.ts'

/** A condition on one property of an event: `{"property": "category", "is": "shoes"}`. */
export interface Filter extends Comparison {
  property: string
}

/** A dotted path into properties or attributes. */
export const pathSchema = z
  .string()
  .max(200)
  .regex(pathPattern, { error: field(t => t.fields.path) })

/** The conditions on an event's properties; all must hold. */
export const filterSchema: z.ZodType<Filter[]> = z
  .array(z.strictObject({ property: pathSchema, ...comparisonFields }).refine(compares, comparesMessage(comparisonFields)))
  .max(20)
  .meta({ id: 'Filters', description: 'Conditions on the properties of an event; all must hold.' })

// Nothing in a filter is relative to the moment it is asked at.
const noMoment = new Date(0)

/** Whether properties pass every filter. */
export const filterHolds = (filters: readonly Filter[], properties: unknown): boolean =>
  filters.every(filter => comparisonHolds(filter, valueAt(properties, filter.property), noMoment))

/** The same as a condition on a `jsonb` column; never unknown. */
export const filterWhere = (filters: readonly Filter[], column: Sql): Sql =>
  and(filters.map(filter => comparisonWhere(filter, jsonValue(column, filter.property), noMoment)))

/** "category is "shoes" and price is at least 20". */
export const describeFilters = (filters: readonly Filter[], texts: Texts): string =>
  filters.map(filter => `${filter.property} ${describeComparison(filter, texts)}`).join(` ${texts.everywhere.and} `)
