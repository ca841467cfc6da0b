import type { ImportPlan, ImportPosition } from './beginning.ts'
import { csvReader, lineReader } from './csv.ts'
import type { ImportFormat } from './layout.ts'
import type { RowContext } from './line.ts'
import { takeRecords } from './records.ts'
import { type LineRead, readCsvRow, readJsonRow } from './row.ts'

/** One line of a file: what it means, or why it means nothing; and where the reading stands after it. */
export interface ReadLine {
  line: number
  read: LineRead
  after: ImportPosition
}

/** Reads up to `atMost` lines of a file from `bytes`, which begin at `position`; `last`: nothing follows them. */
export function readLines(
  bytes: Buffer,
  position: ImportPosition,
  file: ImportPlan & { format: ImportFormat },
  context: RowContext,
  options: { last: boolean; atMost: number },
): { lines: ReadLine[]; after: ImportPosition } {
  const { layout } = position
  const place = (end: number, line: number, skipping = false): ImportPosition => ({
    ...position,
    offset: position.offset + end,
    line,
    skipping,
  })
  if (file.format === 'csv' && layout) {
    const taken = takeRecords(bytes, position, csvReader(layout.delimiter), options)
    return {
      lines: taken.records.map(record => ({
        line: record.line,
        read: 'fault' in record ? record.fault : readCsvRow(record.content, file.kind, layout, file.constant, context),
        after: place(record.end, record.lastLine),
      })),
      after: place(taken.consumed, taken.state.line, taken.state.skipping),
    }
  }
  const taken = takeRecords(bytes, position, lineReader, options)
  return {
    lines: taken.records.map(record => ({
      line: record.line,
      read: 'fault' in record ? record.fault : readJsonRow(record.content, file.kind, context),
      after: place(record.end, record.lastLine),
    })),
    after: place(taken.consumed, taken.state.line, taken.state.skipping),
  }
}
