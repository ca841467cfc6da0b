import { fault, type LineFault } from './line.ts'

/** A record of a file that was understood, or a line that cannot be. `lastLine` is the line it ends on, `start` its first byte, `end` the byte after it. */
export type ImportRecord<Content> = { line: number; lastLine: number; start: number; end: number } & (
  | { content: Content }
  | { fault: LineFault }
)

/** How far a file has been read: `line` lines, and whether the rest of a line that is too long is being passed over. */
export interface ReadingState {
  line: number
  skipping: boolean
}

/** How a text of one or, inside quotes, several lines is read. Undefined: it is broken. */
export interface RecordReader<Content> {
  /** Quotes may hold line ends. */
  quoted: boolean
  read(text: string): Content | LineFault
  isFault(content: Content | LineFault): content is LineFault
}

/** The longest record, in bytes: a Segment call has at most 32 KiB. */
export const longestRecord = 256 * 1024
/** Lines that one record may go over, inside quotes. */
const longestQuote = 500

const lf = 0x0a
const cr = 0x0d
const quote = 0x22

const broken = fault('brokenQuotes', 'brokenQuotes')

/**
 * Takes up to `atMost` records from the bytes of a file, which begin where `state` left off. What is not whole yet is left for the
 * next call, unless `last` says that nothing follows. A quote that never closes costs its own line and no other.
 */
export function takeRecords<Content>(
  bytes: Buffer,
  state: ReadingState,
  reader: RecordReader<Content>,
  options: { last: boolean; atMost: number },
): { records: ImportRecord<Content>[]; consumed: number; state: ReadingState } {
  const records: ImportRecord<Content>[] = []
  let { line, skipping } = state
  let at = 0
  while (at < bytes.length && records.length < options.atMost) {
    const end = lineEnd(bytes, at, options.last)
    if (end === undefined) {
      if (bytes.length - at <= longestRecord) break
      if (!skipping) records.push({ line: line + 1, lastLine: line, start: at, end: bytes.length, fault: tooLong })
      skipping = true
      at = bytes.length
      break
    }
    line += 1
    if (skipping) {
      skipping = false
      at = end
      continue
    }
    if (end - at > longestRecord) {
      records.push({ line, lastLine: line, start: at, end, fault: tooLong })
      at = end
      continue
    }
    if (isBlank(bytes, at, end)) {
      at = end
      continue
    }
    const whole = reader.quoted ? quotedEnd(bytes, at, end, options.last) : { end, lines: 1 }
    if (whole === 'wait') {
      line -= 1
      break
    }
    const record = readWhole(bytes, at, end, whole, line, reader)
    records.push(record)
    line = record.lastLine
    at = record.end
  }
  return { records, consumed: at, state: { line, skipping } }
}

const tooLong = fault('tooLong', 'tooLong', longestRecord / 1024)

function readWhole<Content>(
  bytes: Buffer,
  start: number,
  firstEnd: number,
  whole: { end: number; lines: number } | 'broken',
  line: number,
  reader: RecordReader<Content>,
): ImportRecord<Content> {
  // What fails costs its first line alone: the lines that follow are read afresh.
  const failed = (fault: LineFault) => ({ line, lastLine: line, start, end: firstEnd, fault })
  if (whole === 'broken') {
    const first = textOf(bytes, start, firstEnd)
    return failed(typeof first === 'string' ? broken : first)
  }
  const text = textOf(bytes, start, trimmed(bytes, start, whole.end))
  if (typeof text !== 'string') return failed(text)
  const content = reader.read(text)
  if (reader.isFault(content)) return failed(content)
  return { line, lastLine: line + whole.lines - 1, start, end: whole.end, content }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Buffer, start: number, end: number): string | LineFault {
  const text = bytes.toString('utf8', start, end)
  if (text.includes('\0')) return fault('badEncoding', 'nul')
  // What is no UTF-8 becomes this sign; or somebody wrote it, which the strict decoder tells apart at a higher price.
  if (!text.includes('\ufffd')) return text
  try {
    return decoder.decode(bytes.subarray(start, end))
  } catch {
    return fault('badEncoding', 'notUtf8')
  }
}

/** The byte after the line end, or undefined when the line is not whole. */
function lineEnd(bytes: Buffer, from: number, last: boolean): number | undefined {
  const end = bytes.indexOf(lf, from)
  if (end >= 0) return end + 1
  return last ? bytes.length : undefined
}

const trimmed = (bytes: Buffer, start: number, end: number): number => {
  let to = end
  if (to > start && bytes[to - 1] === lf) to -= 1
  if (to > start && bytes[to - 1] === cr) to -= 1
  return to
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! > 0x20) return false
  return true
}

/** Where a record ends whose first line ends at `end`: further on, while a quote is open. */
function quotedEnd(bytes: Buffer, start: number, end: number, last: boolean): { end: number; lines: number } | 'wait' | 'broken' {
  let odd = oddQuotes(bytes, start, end)
  let to = end
  for (let lines = 1; ; lines++) {
    if (!odd) return { end: to, lines }
    if (lines === longestQuote || to - start > longestRecord) return 'broken'
    if (to >= bytes.length) return last ? 'broken' : 'wait'
    const next = lineEnd(bytes, to, last)
    if (next === undefined) return 'wait'
    if (oddQuotes(bytes, to, next)) odd = !odd
    to = next
  }
}

/** Whether a line has an odd number of quotes: by its bytes, as most have none and a search would go on into the next lines. */
function oddQuotes(bytes: Buffer, start: number, end: number): boolean {
  let odd = false
  for (let i = start; i < end; i++) if (bytes[i] === quote) odd = !odd
  return odd
}
