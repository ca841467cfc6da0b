/** Somebody else's JSON, of which nothing is known yet: these take what is asked for, and never throw on what is not it. */
export type Fields = Readonly<Record<string, unknown>>

/** The object, or an empty one. */
export const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** The list's objects, or none. */
export const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fields) : [])

/** The text, or an empty one. */
export const words = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The number, also one written as text, or NaN. */
export const number = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
