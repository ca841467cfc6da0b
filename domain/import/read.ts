import type { ImportPlan, ImportPosition, ReadingPlace } from './beginning.ts'
import { csvReader, lineReader } from './csv.ts'
import { plainEventRow } from './event-row.ts'
import type { ImportFormat } from './layout.ts'
import type { RowContext } from './line.ts'
import { type ImportRecord, takeRecords } from './records.ts'
import { type LineRead, readCsvRow, readJsonRow } from './row.ts'

/** One line of a file: what it means, or why it means nothing; its first byte in the file, and where the reading stands after it. */
export interface ReadLine {
  line: number
  read: LineRead
  start: number
  end: number
  lastLine: number
}

/** Reads up to `atMost` lines of a file from `bytes`, which begin at `position`; `last`: nothing follows them. */
export function readLines(
  bytes: Buffer,
  position: ImportPosition,
  file: ImportPlan & { format: ImportFormat },
  context: RowContext,
  options: { last: boolean; atMost: number },
): { lines: ReadLine[]; after: ReadingPlace } {
  const { layout, offset } = position
  const read = <Content>(
    { records, consumed, state }: ReturnType<typeof takeRecords<Content>>,
    means: (content: Content) => LineRead,
  ): { lines: ReadLine[]; after: ReadingPlace } => ({
    lines: records.map((record: ImportRecord<Content>) => ({
      line: record.line,
      read: 'fault' in record ? record.fault : means(record.content),
      start: offset + record.start,
      end: offset + record.end,
      lastLine: record.lastLine,
    })),
    after: { offset: offset + consumed, line: state.line, skipping: state.skipping },
  })
  if (file.format === 'csv' && layout) {
    const plain = file.kind === 'events' ? plainEventRow(layout, file.constant) : undefined
    return read(
      takeRecords(bytes, position, csvReader(layout.delimiter), options),
      cells => plain?.(cells, context) ?? readCsvRow(cells, file.kind, layout, file.constant, context),
    )
  }
  return read(takeRecords(bytes, position, lineReader, options), text => readJsonRow(text, file.kind, context))
}
