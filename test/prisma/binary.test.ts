import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../../domain/sql.ts'
import { float8s, int4s, int8s, jsonbs, texts, timestamptzs, uuids } from '../../prisma/binary.ts'
import { type Db, openDatabase } from '../../prisma/client.ts'
import { type TestDatabase, testDatabase } from '../support/stack.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase(database.url, 2)
})
afterAll(async () => {
  await db.close()
  await database.close()
})

const text = fc.string({ unit: 'binary' }).map(said => said.toWellFormed().replaceAll('\0', ''))
const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 })
const dashed = (id: string) => id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
/** From the year 1 to 9999, to the millisecond. */
const time = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })

describe('an array in PostgreSQL’s own form', () => {
  test('is read as what was written, whatever it holds', async () => {
    const check = fc.asyncProperty(
      fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      fc.array(fc.maxSafeInteger()),
      fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))),
      fc.array(time),
      fc.array(hex),
      fc.array(text),
      fc.array(fc.jsonValue({ depthSize: 'small', stringUnit: 'grapheme' })),
      async (numbers, large, amounts, times, ids, said, values) => {
        const json = values.map(value => JSON.stringify(value).replaceAll('\\u0000', ''))
        const row = await db.row<Record<string, unknown>>(sql`
          SELECT to_json(${int4s(numbers)}::int[]) AS numbers, to_json(${int8s(large)}::bigint[]) AS large, to_json(${float8s(amounts)}::float8[]) AS amounts,
            ARRAY(SELECT (extract(epoch FROM t) * 1000000)::bigint::text FROM unnest(${timestamptzs(times)}::timestamptz[]) AS t) AS times,
            ARRAY(SELECT replace(u::text, '-', '') FROM unnest(${uuids(ids)}::uuid[]) AS u) AS ids,
            ${uuids(ids)}::uuid[] = ${uuids(ids.map(dashed))}::uuid[] AS "sameDashed",
            ${texts(said)}::text[] AS said, ${jsonbs(json)}::jsonb[] = ${json}::jsonb[] AS json`)
        expect(row).toEqual({
          numbers,
          large,
          amounts,
          times: times.map(ms => String(BigInt(ms) * 1_000n)),
          ids,
          sameDashed: true,
          said,
          json: true,
        })
      },
    )
    await fc.assert(check, { numRuns: 100 })
  })
})
