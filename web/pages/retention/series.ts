/** A row of a series or table, as the API answers it. */
export type Row = Record<string, unknown>

export const rowsOf = (value: unknown): Row[] => (Array.isArray(value) ? (value as Row[]) : [])
export const isNumber = (value: unknown): value is number => typeof value === 'number'

/** What a series has values for: the periods to draw, and those that are only in part over or asked for, which drawn would look like a loss. */
export function drawn(series: unknown): { whole: Row[]; partly: Row[] } {
  const valued = rowsOf(series).filter(row => isNumber(row.value))
  return {
    whole: valued.filter(row => row.complete !== false),
    partly: valued.filter(row => row.complete === false),
  }
}

/** Where a line over time begins when nobody says: with a whole period, a year of months, half a year of weeks, or thirty days before. */
export function sinceFor(unit: 'day' | 'week' | 'month', today: Date): string {
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()]
  const monday = day - ((today.getUTCDay() + 6) % 7)
  const first = { day: [month, day - 30], week: [month, monday - 26 * 7], month: [month - 12, 1] }[unit] as [number, number]
  return new Date(Date.UTC(year, ...first)).toISOString().slice(0, 10)
}
