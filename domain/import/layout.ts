import { z } from 'zod'
import { type Fault, fault, pointer } from '../errors.ts'
import { cellsOf, type Delimiter, delimiterOf } from './csv.ts'

export const importKinds = ['customers', 'events', 'consents', 'suppressions'] as const
export type ImportKind = (typeof importKinds)[number]
export const importFormats = ['csv', 'ndjson'] as const
export type ImportFormat = (typeof importFormats)[number]

const field = z.string().min(1).max(200)
/** `{column: field}`; null leaves a column out. */
export const mappingSchema = z.record(z.string().max(500), field.nullable())
/** `{field: value}`: what every line says. */
export const constantSchema = z.record(field, z.union([z.string().max(10_000), z.number(), z.boolean()]))
export type Mapping = z.infer<typeof mappingSchema>
export type Constant = z.infer<typeof constantSchema>

/** How the lines of a CSV file are read: the field of each column, undefined where a column is left out. */
export interface Layout {
  delimiter: Delimiter
  fields: (string | null)[]
}

/** What a line of each kind must say, by a column or by a constant. */
const required: Record<ImportKind, readonly string[]> = {
  suppressions: [],
  customers: ['externalId'],
  events: ['externalId', 'event', 'timestamp'],
  consents: ['externalId', 'channel', 'status'],
}

/** Where a suppression names its address; `address` goes with a `channel`. */
const addresses = ['email', 'phone', 'address']

const mostColumns = 1_000

/**
 * The layout that a header gives, or what is wrong with it: a column that the mapping names and the file lacks, a field that is
 * filled twice, a field of the kind that nothing fills. `header` is the first line without its line end and byte order mark.
 */
export function layoutOf(
  header: string,
  kind: ImportKind,
  mapping: Mapping,
  constant: Constant,
): { layout: Layout } | { faults: Fault[] } {
  const delimiter = delimiterOf(header)
  const columns = cellsOf(header, delimiter)?.map(name => name.trim())
  if (!columns) return { faults: [fault('', 'brokenQuotes', t => t.lines.headerQuotes)] }
  if (columns.length > mostColumns) return { faults: [fault('', 'tooLarge', t => t.lines.tooManyColumns(mostColumns))] }
  const faults: Fault[] = Object.keys(mapping)
    .filter(column => !columns.includes(column))
    .map(column =>
      fault(
        `/querystring/mapping${pointer([column])}`,
        'unknownColumn',
        t => t.lines.noColumn(column.slice(0, 100)),
        t => t.lines.itsColumns(columns.join(', ').slice(0, 500)),
      ),
    )
  const fields = columns.map(column => (Object.hasOwn(mapping, column) ? mapping[column]! : column || null))
  const filled = fields.filter(name => name !== null)
  for (const name of new Set(filled.filter((each, i) => filled.indexOf(each) !== i)))
    faults.push(
      fault(
        '',
        'duplicateColumn',
        t => t.lines.twoColumns(name.slice(0, 100)),
        t => t.lines.leaveOneOut,
      ),
    )
  for (const name of required[kind])
    if (!filled.includes(name) && !Object.hasOwn(constant, name))
      faults.push(
        fault(
          '',
          'missingField',
          t => t.lines.nothingFills(name, kind),
          t => t.lines.nameItsColumn(name),
        ),
      )
  if (kind === 'suppressions' && !addresses.some(name => filled.includes(name)))
    faults.push(
      fault(
        '',
        'missingField',
        t => t.lines.nothingFillsOne(addresses),
        t => t.lines.nameAddresses,
      ),
    )
  return faults.length > 0 ? { faults } : { layout: { delimiter, fields } }
}
