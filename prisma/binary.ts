import { writeUuid } from '../domain/uuid.ts'

/**
 * Arrays as PostgreSQL sends them itself, for parameters with thousands of values: read without parsing any text. A parameter that is
 * a Buffer goes to the server as such; its cast in the statement (`${int4s(ids)}::int[]`) must be of the same type.
 */
const oids = { int8: 20, int4: 23, text: 25, float8: 701, timestamptz: 1184, uuid: 2950, jsonb: 3802 } as const
type Type = keyof typeof oids

/** Milliseconds from 1970 to 2000, where PostgreSQL's time begins. */
const epoch = 946_684_800_000
const two32 = 2 ** 32

/** Room for `count` values of `bytes` altogether, and where the first begins. */
function begin(type: Type, count: number, bytes: number, nulls = 0): Buffer {
  const array = Buffer.allocUnsafe(count === 0 ? 12 : 20 + count * 4 + bytes)
  array.writeInt32BE(count === 0 ? 0 : 1, 0)
  array.writeInt32BE(nulls, 4)
  array.writeInt32BE(oids[type], 8)
  if (count === 0) return array
  array.writeInt32BE(count, 12)
  array.writeInt32BE(1, 16)
  return array
}

/** Values that all take as many bytes. */
function even<T>(type: Type, size: number, values: readonly T[], write: (array: Buffer, value: T, at: number) => void): Buffer {
  const array = begin(type, values.length, values.length * size)
  let at = 20
  for (const value of values) {
    at = array.writeInt32BE(size, at)
    write(array, value, at)
    at += size
  }
  return array
}

export const int4s = (values: readonly number[]): Buffer =>
  even('int4', 4, values, (array, value, at) => array.writeInt32BE(value, at))

/** Whole numbers up to 2^53. */
export const int8s = (values: readonly number[]): Buffer =>
  even('int8', 8, values, (array, value, at) => {
    const high = Math.floor(value / two32)
    array.writeInt32BE(high, at)
    array.writeUInt32BE(value - high * two32, at + 4)
  })

/** UUIDs in hex, with or without dashes. */
export const uuids = (values: readonly string[]): Buffer => even('uuid', 16, values, writeUuid)

/** Times in milliseconds since 1970; microseconds are counted in two halves, exact beyond 2^53 too. */
export const timestamptzs = (values: readonly number[]): Buffer =>
  even('timestamptz', 8, values, (array, value, at) => {
    const since = value - epoch
    const high = Math.floor(since / two32)
    const low = (since - high * two32) * 1_000
    const carried = Math.floor(low / two32)
    array.writeInt32BE(high * 1_000 + carried, at)
    array.writeUInt32BE(low - carried * two32, at + 4)
  })

export function float8s(values: readonly (number | null)[]): Buffer {
  const array = begin('float8', values.length, values.length * 8, 1)
  let at = 20
  for (const value of values) {
    at = array.writeInt32BE(value === null ? -1 : 8, at)
    if (value !== null) at = array.writeDoubleBE(value, at)
  }
  return values.length === 0 ? array : array.subarray(0, at)
}

/** Texts of any kind; `mark` stands before each. */
function uneven(type: Type, texts: readonly string[], mark?: number): Buffer {
  const before = mark === undefined ? 0 : 1
  let size = 0
  for (const text of texts) size += before + Buffer.byteLength(text)
  const array = begin(type, texts.length, size)
  let at = 20
  for (const text of texts) {
    const length = array.write(text, at + 4 + before) + before
    if (mark !== undefined) array[at + 4] = mark
    array.writeInt32BE(length, at)
    at += 4 + length
  }
  return array
}

export const texts = (values: readonly string[]): Buffer => uneven('text', values)
/** JSON texts, with the version of the format before each. */
export const jsonbs = (values: readonly string[]): Buffer => uneven('jsonb', values, 1)
