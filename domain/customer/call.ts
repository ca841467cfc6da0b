import { z } from 'zod'
import { deepest, isTooDeep } from '../depth.ts'
import { type Fault, fault, pointer } from '../errors.ts'
import { channelKinds } from '../message/kinds.ts'
import { momentOf } from '../segment/moment.ts'
import { field } from '../texts/field.ts'
import { inReporting, type Rates } from './money.ts'

/** The longest name of a customer or of an event, in characters: an index entry holds it in any script. */
export const longestName = 500
/** What lies further ahead is no clock's fault: it is refused rather than guessed at. */
const futureMs = 24 * 3_600_000
/** A sender's clock is believed as long as it is this near to ours; the way the request took is no skew. */
const skewMs = 5_000

// SDKs send ids as numbers too, and an empty one for none.
const id = z
  .union([z.string().max(longestName), z.number()])
  .nullish()
  .transform(value => (value === null || value === undefined || value === '' ? undefined : String(value)))
const bag = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform(value => value ?? {})
const time = z
  .string()
  .refine(text => momentOf(text) !== undefined, { error: field(t => t.fields.isoTime) })
  .nullish()
const name = z.string().min(1).max(longestName)

const common = {
  messageId: z.string().min(1).max(255).nullish(),
  userId: id,
  anonymousId: id,
  timestamp: time,
  sentAt: time,
  context: z.unknown().optional(),
}
const someone = (call: { userId?: unknown; anonymousId?: unknown }) => (call.userId ?? call.anonymousId) !== undefined
const needsSomeone = { path: ['userId'], error: field(t => t.fields.someone) }

const consentStatus = z.enum(['subscribed', 'unsubscribed'])
/** `{"sms": "subscribed", "email": {"tips": "unsubscribed"}}`: a channel as a whole, or topics of it. */
export const consentsTrait = z.partialRecord(
  z.enum(channelKinds),
  z.union([consentStatus, z.record(z.string().min(1).max(200), consentStatus)]),
)
const traits = z
  .looseObject({ consents: consentsTrait.nullish() })
  .nullish()
  .transform((value): Record<string, unknown> & { consents?: z.output<typeof consentsTrait> | null | undefined } => value ?? {})

const kinds = {
  track: z.object({ ...common, event: name, properties: bag }),
  identify: z.object({ ...common, traits }),
  group: z.object({
    ...common,
    groupId: z.union([z.string().min(1).max(longestName), z.number()]).transform(String),
    traits: bag,
  }),
  page: z.object({
    ...common,
    name: z.string().max(longestName).nullish(),
    category: z.string().max(longestName).nullish(),
    properties: bag,
  }),
  screen: z.object({
    ...common,
    name: z.string().max(longestName).nullish(),
    category: z.string().max(longestName).nullish(),
    properties: bag,
  }),
  alias: z.object({ ...common, previousId: z.union([z.string().min(1).max(longestName), z.number()]).transform(String) }),
} as const
export type CallKind = keyof typeof kinds
export const callKinds = Object.keys(kinds) as CallKind[]

/** One call of a batch. */
export const callSchema = z
  .discriminatedUnion('type', [
    kinds.track.extend({ type: z.literal('track') }),
    kinds.identify.extend({ type: z.literal('identify') }),
    kinds.group.extend({ type: z.literal('group') }),
    kinds.page.extend({ type: z.literal('page') }),
    kinds.screen.extend({ type: z.literal('screen') }),
    kinds.alias.extend({ type: z.literal('alias') }),
  ])
  .refine(someone, needsSomeone)
export type RawCall = z.output<typeof callSchema>

/** One call of Segment's HTTP tracking spec whose kind its path tells; unknown fields are no fault. */
export const callOf = (kind: CallKind): z.ZodType<RawCall> =>
  z
    .object(kinds[kind].shape)
    .extend({ type: z.literal(kind).default(kind) })
    .refine(someone, needsSomeone) as unknown as z.ZodType<RawCall>

export const batchSchema = z.object({
  batch: z.array(callSchema).min(1).max(1_000),
  sentAt: time,
  context: z.unknown().optional(),
})

/** Something said about one channel or one topic of it. */
export interface ConsentGiven {
  channel: string
  /** Empty: the whole channel. */
  topic: string
  status: 'subscribed' | 'unsubscribed'
  /** Where it was said; `api` unless an import names it. */
  source?: string
  /** What was shown, kept with the change. */
  evidence?: unknown
}

/** A call that was understood: about whom, when, and what it holds. */
export interface Call {
  kind: CallKind
  messageId: string | undefined
  /** Of a line of a file without messageId: the MD5 of what it says, in hex. */
  content?: string
  /** External ids under which the same person was known before: their histories become one. */
  formerly?: readonly string[]
  /** The account that a `group` call puts the customer in, with what it says about the account. */
  account?: { key: string; traits: Record<string, unknown> }
  /** The customer's external id; `anonymous:…` until somebody identifies. */
  customer: string
  anonymous: boolean
  at: Date
  /** The name it is stored under as an event, for `track`, `page` and `screen`. */
  event: string | undefined
  properties: Record<string, unknown>
  traits: Record<string, unknown>
  consents: ConsentGiven[]
}

/** What calls of other kinds hold: one for all of them, so nobody may write into it. */
const nothing: Record<string, unknown> = Object.freeze({})

export const anonymousName = (anonymousId: string): string => `anonymous:${anonymousId}`

/**
 * Reads a call as it is to be stored. Its time is its `timestamp`, set right by the sender's clock where `sentAt` shows that this
 * is off by more than 5 s (receivedAt − (sentAt − timestamp), as the Segment spec says); without one it is `receivedAt`. A time up
 * to a day ahead counts as now; a later one is a fault. `path` leads to the call in what was sent.
 */
export function readCall(
  raw: RawCall,
  received: { at: Date; sentAt?: string | null | undefined },
  path: readonly PropertyKey[] = [],
): Call | Fault {
  const at = occurredAt(raw, received)
  if (at === undefined)
    return fault(
      pointer([...path, 'timestamp']),
      'future',
      t => t.lines.liesAhead,
      t => t.lines.sendItsTime,
    )
  const held = 'properties' in raw ? 'properties' : 'traits'
  if (isTooDeep((raw as Record<string, unknown>)[held]))
    return fault(
      pointer([...path, held]),
      'tooDeep',
      t => t.lines.levels(deepest),
      t => t.lines.fewerLevels,
    )
  const base = {
    kind: raw.type,
    messageId: raw.messageId ?? undefined,
    customer: raw.userId ?? anonymousName(raw.anonymousId!),
    anonymous: raw.userId === undefined,
    at,
    event: undefined,
    properties: nothing,
    traits: nothing,
    consents: [],
  }
  switch (raw.type) {
    case 'track':
      return { ...base, event: raw.event, properties: raw.properties }
    case 'page':
    case 'screen': {
      const named = { ...(raw.name ? { name: raw.name } : {}), ...(raw.category ? { category: raw.category } : {}) }
      return { ...base, event: raw.type, properties: { ...raw.properties, ...named } }
    }
    case 'identify':
      return {
        ...base,
        traits: raw.traits,
        consents: consentsOf(raw.traits.consents ?? {}),
        ...(raw.userId !== undefined && raw.anonymousId !== undefined ? { formerly: [anonymousName(raw.anonymousId)] } : {}),
      }
    case 'group':
      return {
        ...base,
        traits: { groupId: raw.groupId, ...(Object.keys(raw.traits).length > 0 ? { group: raw.traits } : {}) },
        account: { key: raw.groupId, traits: raw.traits },
      }
    case 'alias':
      return { ...base, formerly: [anonymousName(raw.previousId), raw.previousId] }
  }
}

function occurredAt(raw: RawCall, received: { at: Date; sentAt?: string | null | undefined }): Date | undefined {
  const now = received.at.getTime()
  const said = momentOf(raw.timestamp)
  if (said === undefined) return received.at
  const sentAt = momentOf(raw.sentAt ?? received.sentAt)
  const skew = sentAt === undefined ? 0 : now - sentAt
  const at = Math.abs(skew) > skewMs ? said + skew : said
  if (at > now + futureMs) return undefined
  return new Date(Math.min(at, now))
}

function consentsOf(given: z.output<typeof consentsTrait>): ConsentGiven[] {
  return Object.entries(given).flatMap(([channel, said]): ConsentGiven[] =>
    typeof said === 'string'
      ? [{ channel, topic: '', status: said }]
      : Object.entries(said ?? {}).map(([topic, status]) => ({ channel, topic, status })),
  )
}

/**
 * The amount that sums and averages of an event are about: its `revenue`, else `value`, else `total`, where that is a number; in
 * the reporting currency, and null where its `currency` has no rate there.
 */
export function amountOf(properties: Record<string, unknown>, rates?: Rates): number | null {
  const given = properties.revenue ?? properties.value ?? properties.total
  const amount = typeof given === 'string' && /^-?\d{1,15}(\.\d{1,10})?$/.test(given) ? Number(given) : given
  return typeof amount === 'number' && Math.abs(amount) <= 1e15 ? inReporting(amount, properties.currency, rates) : null
}
