import { parse } from 'csv-parse/sync'
import { fault, type LineFault } from './line.ts'
import type { RecordReader } from './records.ts'

export const delimiters = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof delimiters)[number]

/** The cells of one record, or undefined when its quotes are broken. */
export function cellsOf(text: string, delimiter: Delimiter): string[] | undefined {
  // Without a quote there is nothing to know about CSV but the delimiter.
  if (!text.includes('"')) return text.split(delimiter)
  const plain = quotedCells(text, delimiter)
  if (plain) return plain
  try {
    const rows = parse(text, { delimiter, relax_column_count: true, record_delimiter: ['\r\n', '\n'] }) as string[][]
    return rows.length === 1 ? rows[0] : undefined
  } catch {
    return undefined
  }
}

/** The cells of a record that is quoted as everybody does it; undefined for the rest, which a whole parser judges: it costs twenty times as much. */
function quotedCells(text: string, delimiter: Delimiter): string[] | undefined {
  const cells: string[] = []
  for (let at = 0; ; ) {
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1)
      let doubled = false
      while (end >= 0 && text[end + 1] === '"') {
        doubled = true
        end = text.indexOf('"', end + 2)
      }
      if (end < 0) return undefined
      const cell = text.slice(at + 1, end)
      cells.push(doubled ? cell.replaceAll('""', '"') : cell)
      at = end + 1
      if (at < text.length && text[at] !== delimiter) return undefined
    } else {
      const end = text.indexOf(delimiter, at)
      const cell = end < 0 ? text.slice(at) : text.slice(at, end)
      if (cell.includes('"') || cell.includes('\n') || cell.includes('\r')) return undefined
      cells.push(cell)
      at = end < 0 ? text.length : end
    }
    if (at >= text.length) return cells
    at += 1
  }
}

/** The delimiter of a header: the one that makes most columns of it; a comma when none does. */
export function delimiterOf(header: string): Delimiter {
  let best: Delimiter = ','
  let columns = 1
  for (const delimiter of delimiters) {
    const count = cellsOf(header, delimiter)?.length ?? 0
    if (count > columns) {
      best = delimiter
      columns = count
    }
  }
  return best
}

export const csvReader = (delimiter: Delimiter): RecordReader<string[]> => ({
  quoted: true,
  read: text => cellsOf(text, delimiter) ?? fault('brokenQuotes', 'brokenQuotes'),
  isFault: (content): content is LineFault => !Array.isArray(content),
})

/** Lines of JSON stay texts here: what they say is read with what they mean. */
export const lineReader: RecordReader<string> = {
  quoted: false,
  read: text => text,
  isFault: (content): content is LineFault => typeof content !== 'string',
}

const number = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/

/** A cell as the value it looks like: numbers and booleans; dates stay text, which rules read as dates; "007" stays text too. */
export function cellValue(cell: string): string | number | boolean {
  if (number.test(cell)) return Number(cell)
  if (cell === 'true' || cell === 'TRUE' || cell === 'True') return true
  if (cell === 'false' || cell === 'FALSE' || cell === 'False') return false
  return cell
}
