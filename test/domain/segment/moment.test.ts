import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { momentOf } from '../../../domain/segment/moment.ts'
import { type TestDatabase, testDatabase } from '../../support/stack.ts'

const cases: [text: unknown, iso: string | undefined][] = [
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T09:00', '2026-01-31T09:00:00.000Z'],
  ['2026-01-31 09:00:01', '2026-01-31T09:00:01.000Z'],
  ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000Z'],
  ['2026-01-31T09:00:00.5+01:00', '2026-01-31T08:00:00.500Z'],
  ['2026-01-31T09:00:00-0530', '2026-01-31T14:30:00.000Z'],
  ['2026-01-31 09:00+05', '2026-01-31T04:00:00.000Z'],
  ['2026-01-31T09:00:00.123456789Z', '2026-01-31T09:00:00.123Z'],
  ['2026-01-31T09:00:00.999999Z', '2026-01-31T09:00:00.999Z'],
  ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
  // The hour that Berlin skips and the hour it has twice: an offset says which is meant.
  ['2026-03-29T02:30:00+01:00', '2026-03-29T01:30:00.000Z'],
  ['2026-10-25T02:30:00+02:00', '2026-10-25T00:30:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2023-02-29', undefined],
  ['2026-04-31T10:00:00Z', undefined],
  ['2026-13-01', undefined],
  ['2026-01-31T24:00:00Z', undefined],
  ['2026-01-31T23:59:60Z', undefined],
  ['2026-01-31T23:59:00+15:59', undefined],
  ['0000-01-01', undefined],
  ['12026-01-01', undefined],
  ['2026-1-1', undefined],
  ['31.01.2026', undefined],
  ['01/31/2026', undefined],
  ['2026-01-31T', undefined],
  ['2026-01-31\n', undefined],
  [' 2026-01-31', undefined],
  ['٢٠٢٦-٠١-٣١', undefined],
  ['now', undefined],
  ['infinity', undefined],
  ['2026-01-31 09:00:00 Europe/Berlin', undefined],
  ['', undefined],
  [1_700_000_000_000, undefined],
  [20260131, undefined],
  [null, undefined],
  [true, undefined],
  [['2026-01-31'], undefined],
  [{ date: '2026-01-31' }, undefined],
]

describe('a moment in a text', () => {
  test.each(cases)('%j is %s', (text, iso) => {
    expect(momentOf(text)).toBe(iso === undefined ? undefined : Date.parse(iso))
  })

  describe('in the database', () => {
    let db: TestDatabase
    beforeAll(async () => {
      db = await testDatabase()
    })
    afterAll(() => db.close())

    it('is the same, whatever zone the session is in, and never an error', async () => {
      const client = await db.pool.connect()
      try {
        for (const zone of ['UTC', 'America/New_York', 'Asia/Kathmandu']) {
          await client.query(`SET TimeZone = '${zone}'; SET DateStyle = 'SQL, DMY'`)
          const texts = cases.map(([text]) => JSON.stringify(text))
          const { rows } = await client.query<{ ms: number | null }>(
            'SELECT extract(epoch FROM moment_of(value)) * 1000 AS ms FROM unnest($1::jsonb[]) WITH ORDINALITY AS given (value, n) ORDER BY n',
            [texts],
          )
          expect(rows.map(row => row.ms && Number(row.ms))).toEqual(
            cases.map(([, iso]) => (iso === undefined ? null : Date.parse(iso))),
          )
        }
      } finally {
        client.release(true)
      }
    })

    it('has the small letters of the full Unicode tables, as JavaScript has', async () => {
      const letters: string[] = []
      for (let code = 1; code < 0x20000; code++) if (code < 0xd800 || code > 0xdfff) letters.push(String.fromCodePoint(code))
      letters.push('ΟΔΟΣ', 'ΟΔΟΣ.', 'Σ', 'ΑΣ Σ', 'ΌΣΟΣ', 'İSTANBUL', 'STRAẞE', 'ǅ', 'ﬁ')
      // Letters that one of the two does not know yet are left out: each has the tables of its own year.
      const { rows } = await db.pool.query<{ letter: string; small: string }>(
        'SELECT letter, lower(letter COLLATE pg_unicode_fast) AS small FROM unnest($1::text[]) AS letter WHERE unicode_assigned(letter)',
        [letters.filter(letter => !/\p{Unassigned}/u.test(letter))],
      )
      expect(rows.length).toBeGreaterThan(60_000)
      const different = rows.filter(({ letter, small }) => letter.toLowerCase() !== small)
      expect(different).toEqual([])
    })
  })
})
