import { z } from 'zod'
import { campaignIds } from '../../ids.ts'
import { raw, type Sql, sql } from '../../sql.ts'
import { field } from '../../texts/field.ts'
import { durationSchema } from '../../time.ts'
import { and } from '../logic.ts'
import type { PredicateKind } from '../predicate-kind.ts'
import { describeLast, isIn, lastOf, later } from '../window.ts'

/** What became of what we sent: `{"message": {"campaign": "cmp_7", "was": "clicked"}, "within": "30d"}`. */
export interface MessageRule {
  message: { campaign?: string | undefined; was: Engaged }
  within?: string | undefined
}

/** When it happened. A click proves the opening and the delivery before it, even where their own webhooks never came. */
const happenedAt = {
  sent: raw('m.accepted_at'),
  delivered: raw('least(m.delivered_at, m.opened_at, m.clicked_at)'),
  opened: raw('least(m.opened_at, m.clicked_at)'),
  seen: raw('least(m.opened_at, m.clicked_at)'),
  clicked: raw('m.clicked_at'),
  replied: raw('m.replied_at'),
}
type Engaged = keyof typeof happenedAt

export const engagedStates = Object.keys(happenedAt) as Engaged[]

export const message: PredicateKind<MessageRule> = {
  key: 'message',
  schema: z.strictObject({
    message: z.strictObject({
      campaign: z
        .string()
        .refine(id => campaignIds.read(id) !== undefined, { error: field(t => t.fields.campaignId) })
        .optional(),
      was: z.enum(engagedStates),
    }),
    within: durationSchema.optional(),
  }),

  holds: ({ message: asked, within }, profile, context) => {
    const window = within === undefined ? undefined : lastOf(within, context.at)
    return profile.messages.some(
      m =>
        m.was.includes(asked.was) &&
        (asked.campaign === undefined || m.campaign === campaignIds.read(asked.campaign)) &&
        (window ? isIn(window, m.at) : !context.rewind || m.at <= context.at),
    )
  },

  where: ({ message: asked, within }, context) => {
    const at = happenedAt[asked.was]
    if (within === undefined)
      return about(asked, context.rewind ? sql`${at} <= ${context.at}::timestamptz` : sql`${at} IS NOT NULL`)
    const { from, to } = lastOf(within, context.at)
    return about(asked, sql`${at} > ${from}::timestamptz AND ${at} <= ${to}::timestamptz`)
  },

  // When the first comes that lies ahead, and when the last that lies in the window has left it.
  next: ({ message: asked, within }, context) => {
    if (within === undefined) return []
    const at = happenedAt[asked.was]
    const { from, to } = lastOf(within, context.at)
    const coming = sql`min(${at}) FILTER (WHERE ${at} > ${to}::timestamptz)`
    const last = sql`max(${at}) FILTER (WHERE ${at} <= ${to}::timestamptz)`
    return [sql`(SELECT least(${coming}, ${later(last, within)}) ${source(asked, sql`${at} > ${from}::timestamptz`)})`]
  },

  describe: ({ message: asked, within }, texts) => {
    const what = texts.rules.message(asked.was, asked.campaign)
    return within === undefined ? what : `${what} ${describeLast(within, texts)}`
  },
}

const about = (asked: MessageRule['message'], so: Sql): Sql => sql`EXISTS (SELECT 1 ${source(asked, so)})`

/** The messages of the customer `c` of which this is so. */
function source({ campaign }: MessageRule['message'], so: Sql): Sql {
  const conditions = [sql`m.customer = c.id`, so]
  if (campaign === undefined) return sql`FROM message m WHERE ${and(conditions)}`
  conditions.push(sql`r.campaign = ${campaignIds.read(campaign) ?? 0}::bigint`)
  return sql`FROM message m JOIN run r ON r.id = m.run WHERE ${and(conditions)}`
}
