import { type Fault, fault, pointer } from '../errors.ts'
import type { Sentence } from '../texts/texts.ts'
import type { Lanes } from './lane.ts'
import { type Constant, type ImportFormat, type ImportKind, type Layout, layoutOf, type Mapping } from './layout.ts'
import { type LineFault, lineSays } from './line.ts'
import { takeRecords } from './records.ts'

/** How a file is to be read. */
export interface ImportPlan {
  kind: ImportKind
  mapping: Mapping
  constant: Constant
}

/** Where a reading stands: the next byte, the lines behind it, and whether the rest of a line that is too long is being passed over. */
export interface ReadingPlace {
  offset: number
  line: number
  skipping: boolean
}

/** Where the storing of a file stands: up to there all its lines are stored; some lanes (lane.ts) may be further. */
export interface ImportPosition extends ReadingPlace {
  layout?: Layout | undefined
  lanes?: Lanes
}

/**
 * Where the reading of a file begins, told from its first bytes: past a byte order mark and the header. `format` as the sender
 * names it; else a file whose first character is `{` is NDJSON.
 */
export function beginningOf(
  bytes: Buffer,
  plan: ImportPlan,
  format: ImportFormat | undefined,
  whole: boolean,
): { format: ImportFormat; position: ImportPosition } | { faults: Fault[] } {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return refuse(
      'badEncoding',
      t => t.lines.utf16,
      t => t.lines.saveAsUtf8,
    )
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const first = bytes.subarray(start).find(byte => byte > 0x20)
  if (first === undefined)
    return refuse(
      'empty',
      t => t.lines.emptyFile,
      t => t.lines.sendCsv,
    )
  const known = format ?? (first === 0x7b ? 'ndjson' : 'csv')
  if (known === 'ndjson') {
    const faults = (['mapping', 'constant'] as const)
      .filter(name => Object.keys(plan[name]).length > 0)
      .map(name => fault(pointer(['querystring', name]), 'notForNdjson', t => t.lines.forCsv(name)))
    return faults.length > 0 ? { faults } : { format: known, position: { offset: start, line: 0, skipping: false } }
  }
  const { records, consumed, state } = takeRecords(bytes.subarray(start), { line: 0, skipping: false }, headerReader, {
    last: whole,
    atMost: 1,
  })
  const header = records[0]
  if (!header || 'fault' in header)
    return refuse(header?.fault.code ?? 'tooLong', t => t.lines.header((header && lineSays(header.fault, t)) ?? t.lines.noEnd))
  const read = layoutOf(header.content, plan.kind, plan.mapping, plan.constant)
  if ('faults' in read) return read
  return { format: known, position: { offset: start + consumed, line: state.line, skipping: false, layout: read.layout } }
}

const headerReader = {
  quoted: true,
  read: (text: string): string | LineFault => text,
  isFault: (content: string | LineFault): content is LineFault => typeof content !== 'string',
}

const refuse = (code: string, message: Sentence, hint?: Sentence) => ({ faults: [fault('', code, message, hint)] })
