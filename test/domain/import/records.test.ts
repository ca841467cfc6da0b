import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellsOf, csvReader, delimiterOf } from '../../../domain/import/csv.ts'
import { longestRecord, takeRecords } from '../../../domain/import/records.ts'

/** Reads a whole file in pieces of `size`, as the parts of an upload come. */
function readAll(file: Buffer, size = file.length || 1, atMost = 1_000) {
  const reader = csvReader(',')
  const records: { line: number; cells?: string[]; code?: string }[] = []
  let state = { line: 0, skipping: false }
  let at = 0
  for (let end = Math.min(size, file.length); ; end = Math.min(file.length, Math.max(end + size, at + 1))) {
    for (;;) {
      const last = end === file.length
      const taken = takeRecords(file.subarray(at, end), state, reader, { last, atMost })
      for (const record of taken.records)
        records.push(
          'content' in record ? { line: record.line, cells: record.content } : { line: record.line, code: record.fault.code },
        )
      at += taken.consumed
      state = taken.state
      if (taken.records.length < atMost) break
    }
    if (end === file.length) return records
  }
}

const quoted = (cell: string) => (/[",\n\r]/.test(cell) || cell !== cell.trim() ? `"${cell.replaceAll('"', '""')}"` : cell)

describe('records of a CSV file', () => {
  test('are the same in whatever pieces the file comes, quotes, line ends and scripts included', () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom('a"b', 'two\nlines', 'x,y', '', 'Zoë', '漢字', '🙂'),
    )
    const row = fc.array(
      cell.filter(text => !text.includes('\0') && !text.includes('\r')),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 5 }),
        (rows, end, size, atMost) => {
          const kept = rows.filter(cells => cells.length > 1 || cells[0]!.trim() !== '')
          const file = Buffer.from(rows.map(cells => cells.map(quoted).join(',') + end).join(''))
          const visible = readAll(file, size, atMost).map(record => record.cells)
          expect(visible).toEqual(readAll(file).map(record => record.cells))
          expect(visible.filter(cells => cells && (cells.length > 1 || cells[0]!.trim() !== ''))).toEqual(kept)
        },
      ),
    )
  })

  test('a quote that never closes costs its line and no other', () => {
    const lines = ['id,name', '1,"open', ...Array.from({ length: 2_000 }, (_, i) => `${i + 2},fine`)]
    const records = readAll(Buffer.from(lines.join('\n')))
    expect(records.filter(record => record.code)).toEqual([{ line: 2, code: 'brokenQuotes' }])
    expect(records).toHaveLength(2_002)
    expect(records.at(-1)).toEqual({ line: 2_002, cells: ['2001', 'fine'] })
  })

  test('two stray quotes on different lines cost those two', () => {
    const records = readAll(Buffer.from('id,name\n1,5" disk\n2,fine\n3,3" disk\n4,"a ""b"" c"\n'))
    expect(records.map(record => record.code ?? record.cells)).toEqual([
      ['id', 'name'],
      'brokenQuotes',
      ['2', 'fine'],
      'brokenQuotes',
      ['4', 'a "b" c'],
    ])
  })

  test('lines in another encoding are named, their neighbours are read', () => {
    const file = Buffer.concat([
      Buffer.from('id,name\r\n1,Zoë\r\n'),
      Buffer.from('2,Zo\xeb\r\n', 'latin1'),
      Buffer.from('3,a\0b\r\n4,ok'),
    ])
    expect(readAll(file)).toEqual([
      { line: 1, cells: ['id', 'name'] },
      { line: 2, cells: ['1', 'Zoë'] },
      { line: 3, code: 'badEncoding' },
      { line: 4, code: 'badEncoding' },
      { line: 5, cells: ['4', 'ok'] },
    ])
  })

  test.each([longestRecord + 1, 5 * longestRecord])('a line of %d bytes is passed over without being held', length => {
    const file = Buffer.from(`a\n${'x'.repeat(length)}\nb\n`)
    for (const size of [file.length, longestRecord + 100, 100_000])
      expect(readAll(file, size).map(record => record.code ?? record.cells)).toEqual([['a'], 'tooLong', ['b']])
  })

  test('has the cells that csv-parse finds in it, however it is quoted', () => {
    const text = fc
      .array(fc.constantFrom('a', '"', '""', ',', ' ', 'é', '",', ',"'), { maxLength: 12 })
      .map(parts => parts.join(''))
    const theirs = (record: string) => {
      try {
        const rows = parse(record, { relax_column_count: true, record_delimiter: ['\r\n', '\n'] }) as string[][]
        return rows.length === 1 ? rows[0] : undefined
      } catch {
        return undefined
      }
    }
    fc.assert(
      fc.property(
        text.filter(record => record.includes('"')),
        record => {
          expect(cellsOf(record, ',')).toEqual(theirs(record))
        },
      ),
      {
        numRuns: 2_000,
      },
    )
  })

  test.each([
    ['a,b;c,d', ','],
    ['a;b;c', ';'],
    ['a\tb', '\t'],
    ['only', ','],
    ['"a;b;c",d', ','],
  ])('the header %j is divided by %j', (header, delimiter) => expect(delimiterOf(header)).toBe(delimiter))
})
