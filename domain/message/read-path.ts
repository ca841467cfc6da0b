/** What stands at a path of plain data: own properties only; undefined for what is missing or null. As Liquid reads, without Liquid. */
export function readPath(scope: object, path: readonly (string | number)[]): unknown {
  let value: unknown = scope
  for (const step of path) {
    if (value === undefined || value === null) return undefined
    const key = typeof step === 'number' && step < 0 && Array.isArray(value) ? value.length + step : step
    value = Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined
  }
  return value ?? undefined
}

/** A value as Liquid prints it. */
export function printed(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(printed).join('')
  return String(value)
}
