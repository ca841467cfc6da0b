import { hash } from 'node:crypto'
import { type Call, callSchema, readCall } from '../customer/call.ts'
import { plainCall } from '../customer/plain-call.ts'
import { patchOf } from '../customer/profile.ts'
import { deepest, isTooDeep } from '../depth.ts'
import { saidBy } from '../errors.ts'
import { channelSchema } from '../message/kinds.ts'
import { issueSays } from '../texts/field.ts'
import { cellValue } from './csv.ts'
import type { Constant, ImportKind, Layout } from './layout.ts'
import { fault, isLineFault, type LineFault, ofField, type RowContext, type Take, timeOf } from './line.ts'
import { type SuppressionLine, suppressionRow } from './suppression-row.ts'

/** What a line means, or why it means nothing. */
export type LineRead = Call | SuppressionLine | LineFault

type Fields = Map<string, string | number | boolean>

/** The cells of a line by field; empty cells say nothing, constants fill what no column does. */
function fieldsOf(cells: readonly string[], layout: Layout, constant: Constant): Fields | LineFault {
  if (cells.length > layout.fields.length) return fault('tooManyCells', 'tooManyCells', cells.length, layout.fields.length)
  if (cells.length < layout.fields.length && layout.fields.length > 1 && cells.length === 1)
    return fault('tooFewCells', 'tooFewCells', layout.fields.length)
  const fields: Fields = new Map(Object.entries(constant))
  layout.fields.forEach((name, i) => {
    const cell = cells[i]
    if (name !== null && cell !== undefined && cell.trim() !== '') fields.set(name, cell)
  })
  return fields
}

/** One line of CSV as the call it means. */
export function readCsvRow(
  cells: readonly string[],
  kind: ImportKind,
  layout: Layout,
  constant: Constant,
  context: RowContext,
): LineRead {
  const fields = fieldsOf(cells, layout, constant)
  if (!(fields instanceof Map)) return fields
  const take = takeOf(fields)
  if (kind === 'suppressions') return suppressionRow(take, context)
  const userId = take('externalId')
  if (!userId) return fault('missing', 'isEmpty', 'externalId')
  const messageId = take('messageId')
  const base = { userId, ...(messageId ? { messageId } : {}) }
  if (kind === 'events') return eventRow(base, take, fields, context)
  if (kind === 'consents') return consentRow(base, take, fields, context)
  const traits = bag(fields)
  const { faults } = patchOf(traits, context.region)
  if (faults[0]) return ofField('invalid', faults[0].field, faults[0].says)
  return asCall({ ...base, type: 'identify', traits }, context)
}

const takeOf =
  (fields: Map<string, unknown>): Take =>
  name => {
    const value = fields.get(name)
    fields.delete(name)
    return value === undefined || value === null ? undefined : String(value).trim() || undefined
  }

interface Base {
  userId: string
  messageId?: string
}

function eventRow(base: Base, take: Take, fields: Fields, context: RowContext): Call | LineFault {
  const event = take('event')
  if (!event) return fault('missing', 'isEmpty', 'event')
  const said = take('timestamp')
  if (!said) return fault('missing', 'isEmpty', 'timestamp')
  const at = timeOf(said)
  if (at === undefined) return fault('invalid', 'noTimeExample', 'timestamp')
  const type = event === 'page' || event === 'screen' ? event : 'track'
  return asCall({ ...base, type, event, properties: bag(fields), timestamp: new Date(at).toISOString() }, context)
}

function consentRow(base: Base, take: Take, fields: Fields, context: RowContext): Call | LineFault {
  const channel = channelSchema.safeParse(take('channel'))
  if (!channel.success) return fault('invalid', 'noChannel')
  const status = take('status')?.toLowerCase()
  if (status !== 'subscribed' && status !== 'unsubscribed') return fault('invalid', 'noStatus')
  const topic = take('topic') ?? ''
  if (topic.length > 200) return fault('invalid', 'tooLongField', 'topic', 200)
  const source = take('source') ?? 'import'
  if (source.length > 200) return fault('invalid', 'tooLongField', 'source', 200)
  const said = take('at') ?? take('timestamp')
  const at = said === undefined ? undefined : timeOf(said)
  if (said !== undefined && at === undefined) return fault('invalid', 'noTime', 'at')
  const call = asCall(
    { ...base, type: 'identify', traits: {}, ...(at === undefined ? {} : { timestamp: new Date(at).toISOString() }) },
    context,
    [channel.data, topic, status, source],
  )
  if (isLineFault(call)) return call
  const evidence = bag(fields)
  const given = {
    channel: channel.data,
    topic,
    status,
    source,
    ...(Object.keys(evidence).length > 0 ? { evidence } : {}),
  } as const
  return { ...call, consents: [given] }
}

const bag = (fields: Fields): Record<string, unknown> =>
  Object.fromEntries([...fields].map(([name, value]) => [name, typeof value === 'string' ? cellValue(value.trim()) : value]))

/** One line of NDJSON: a Segment call, or an object with the fields of a suppression. */
export function readJsonRow(text: string, kind: ImportKind, context: RowContext): LineRead {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return fault('notJson', 'notJson')
  }
  if (isTooDeep(value)) return fault('tooDeep', 'levels', deepest)
  if (/\\u0000|\\u[dD][89a-fA-F]/.test(text) && /\\u0000|\\ud[89a-f]/.test(JSON.stringify(value)))
    return fault('unstorable', 'badCharacter')
  if (kind === 'suppressions')
    return typeof value === 'object' && value !== null
      ? suppressionRow(takeOf(new Map(Object.entries(value))), context)
      : fault('invalid', 'noObject')
  return asCall(value, context)
}

/** Reads a raw call; what has no messageId gets one from its content, so that the same line is never taken twice. */
function asCall(raw: unknown, context: RowContext, more: readonly unknown[] = []): Call | LineFault {
  let read = plainCall(raw)
  if (!read) {
    const parsed = callSchema.safeParse(raw, { reportInput: true })
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      if (!issue) return fault('invalid', 'noCall')
      return ofField('invalid', issue.path.length > 0 ? `${issue.path.join('.').slice(0, 200)}:` : '', issueSays(issue))
    }
    read = parsed.data
  }
  const call = readCall(read, { at: context.receivedAt })
  if ('code' in call) return ofField(call.code, 'timestamp', saidBy(call))
  if (call.messageId !== undefined) return call
  return { ...call, content: hash('md5', canonical([raw, ...more])) }
}

/** The same text for the same content, whatever the order of its columns. */
const canonical = (value: unknown): string => JSON.stringify(ordered(value))

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(ordered)
  const held = value as Record<string, unknown>
  const made: Record<string, unknown> = {}
  for (const key of Object.keys(held).sort()) {
    // As a property of its own, whatever it is called.
    if (key === '__proto__') Object.defineProperty(made, key, { value: ordered(held[key]), enumerable: true })
    else made[key] = ordered(held[key])
  }
  return made
}
