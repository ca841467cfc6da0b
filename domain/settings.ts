import { z } from 'zod'
import { type Fault, fault, pointer } from './errors.ts'
import { channelSchema } from './message/kinds.ts'
import { field } from './texts/field.ts'
import type { Sentence } from './texts/texts.ts'
import { durationSchema, isTimeZone, milliseconds } from './time.ts'
import { timeOfDay } from './zone.ts'

const capSchema = z.strictObject({
  channel: z.union([channelSchema, z.literal('all')]),
  max: z.int().min(0).max(10_000),
  per: durationSchema,
})

const time = z.string().regex(timeOfDay, { error: field(t => t.fields.timeOfDay) })
const hoursSchema = z.strictObject({ from: time, until: time }).nullable()
const consentMode = z.enum(['implied', 'explicit'])

/** What holds for the whole installation. Everything has a default, so that `{}` is a full set. */
export const settingsSchema = z.strictObject({
  /** At most `max` marketing messages to a person in any stretch of `per`. */
  caps: z.array(capSchema).max(50).default([]),
  quietHours: z
    .strictObject({
      sms: hoursSchema.default({ from: '20:00', until: '09:00' }),
      email: hoursSchema.default(null),
      inApp: hoursSchema.default(null),
    })
    .prefault({}),
  /** `implied` sends where no record forbids it; `explicit` only where a record says `subscribed`. */
  consent: z
    .strictObject({
      email: consentMode.default('implied'),
      sms: consentMode.default('explicit'),
      inApp: consentMode.default('implied'),
    })
    .prefault({}),
  unsubscribeScope: z.enum(['channel', 'all']).default('channel'),
  topics: z
    .array(z.strictObject({ key: z.string().min(1).max(100), name: z.string().min(1).max(200) }))
    .max(200)
    .default([]),
  /** The share of all customers that no campaign ever writes to. */
  globalHoldout: z.number().min(0).max(0.5).default(0),
  trackOpens: z.boolean().default(true),
  trackClicks: z.boolean().default(true),
  /** `rates`: what one unit of a currency is worth in the reporting currency. */
  currencies: z
    .strictObject({
      reporting: z
        .string()
        .regex(/^[A-Z]{3}$/, { error: field(t => t.fields.threeLetters) })
        .default('EUR'),
      rates: z.record(z.string().regex(/^[A-Z]{3}$/), z.number().positive()).default({}),
    })
    .prefault({}),
  /** What one message costs (an SMS: one segment), in the reporting currency: budgets and results count with it. */
  prices: z
    .strictObject({
      email: z.number().min(0).max(1_000).default(0),
      sms: z.number().min(0).max(1_000).default(0),
      inApp: z.number().min(0).max(1_000).default(0),
    })
    .prefault({}),
  /** How long raw events and the messageIds of calls are kept from their receipt on; null: for good. */
  eventRetention: durationSchema.nullable().default(null),
  postalAddress: z.string().max(500).default(''),
  defaultTimezone: z.string().min(1).max(100).default('UTC'),
  defaultRegion: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: field(t => t.fields.twoLetters) })
    .default('US'),
})

export type Settings = z.infer<typeof settingsSchema>
export type QuietHours = z.infer<typeof hoursSchema>

/** The settings of a new installation; the environment names the address, the zone and the region. */
export function defaultSettings(
  environment: {
    postalAddress?: string | undefined
    defaultTimezone?: string | undefined
    defaultRegion?: string | undefined
  } = {},
): Settings {
  const { postalAddress, defaultTimezone, defaultRegion } = environment
  return settingsSchema.parse({
    ...(postalAddress ? { postalAddress } : {}),
    ...(defaultTimezone ? { defaultTimezone } : {}),
    ...(defaultRegion ? { defaultRegion } : {}),
  })
}

const leastRetentionMs = 30 * 86_400_000
const currencies = new Set(Intl.supportedValuesOf('currency'))
const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })

/** What is well-formed and still cannot mean anything: zones and currencies that do not exist, hours that never end. */
export function checkSettings(settings: Settings): Fault[] {
  const faults: Fault[] = []
  const say = (path: readonly PropertyKey[], code: string, message: Sentence) => faults.push(fault(pointer(path), code, message))
  if (!isTimeZone(settings.defaultTimezone))
    say(['defaultTimezone'], 'unknownTimezone', t => t.settings.noZone(settings.defaultTimezone))
  if (regions.of(settings.defaultRegion) === undefined || settings.defaultRegion === 'ZZ')
    say(['defaultRegion'], 'unknownRegion', t => t.settings.noRegion(settings.defaultRegion))
  for (const code of [settings.currencies.reporting, ...Object.keys(settings.currencies.rates)])
    if (!currencies.has(code)) say(['currencies'], 'unknownCurrency', t => t.settings.noCurrency(code))
  for (const [channel, hours] of Object.entries(settings.quietHours))
    if (hours && hours.from === hours.until) say(['quietHours', channel], 'emptyRange', t => t.settings.endlessQuiet)
  if (settings.eventRetention !== null && milliseconds(settings.eventRetention) < leastRetentionMs)
    say(['eventRetention'], 'tooShort', t => t.settings.keptTooShort)
  const seen = new Set<string>()
  for (const [i, { key }] of settings.topics.entries()) {
    if (seen.has(key)) say(['topics', i, 'key'], 'duplicate', t => t.settings.topicTwice(key))
    seen.add(key)
  }
  return faults
}
