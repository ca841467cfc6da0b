import { z } from 'zod'
import { channelSchema } from '../../message/kinds.ts'
import { type Sql, sql } from '../../sql.ts'
import { among, and, not } from '../logic.ts'
import type { PredicateKind } from '../predicate-kind.ts'

/**
 * What somebody has said about being written to: `{"consent": {"channel": "sms"}}`. It reads what is on record; what is
 * allowed without a record is for the verdict before each send. A refusal of the channel or of the topic outweighs a yes.
 */
export interface ConsentRule {
  consent: { channel: 'email' | 'sms' | 'inApp'; topic?: string | undefined; status?: 'subscribed' | 'unsubscribed' | undefined }
}

// What is recorded for no topic in particular is recorded for every one.
const topics = (topic: string | undefined): string[] => (topic === undefined ? [''] : ['', topic])

export const consent: PredicateKind<ConsentRule> = {
  key: 'consent',
  schema: z.strictObject({
    consent: z.strictObject({
      channel: channelSchema,
      topic: z.string().min(1).max(200).optional(),
      status: z.enum(['subscribed', 'unsubscribed']).optional(),
    }),
  }),

  holds: ({ consent: asked }, profile) => {
    const said = (status: string) =>
      profile.consents.some(c => c.channel === asked.channel && topics(asked.topic).includes(c.topic) && c.status === status)
    return asked.status === 'unsubscribed' ? said('unsubscribed') : said('subscribed') && !said('unsubscribed')
  },

  where: ({ consent: asked }) => {
    if (asked.status === 'unsubscribed') return among(saying('unsubscribed', asked))
    // Without a topic there is one record, which says the one or the other.
    const agreed = among(saying('subscribed', asked))
    return asked.topic === undefined ? agreed : and([agreed, not(among(saying('unsubscribed', asked)))])
  },

  ids: ({ consent: asked }) => (asked.topic === undefined ? saying(asked.status ?? 'subscribed', asked) : undefined),

  describe: ({ consent: asked }, texts) => texts.rules.consent(asked.status === 'unsubscribed', asked.channel, asked.topic),
}

const saying = (status: string, { channel, topic }: ConsentRule['consent']): Sql =>
  sql`SELECT s.customer AS id FROM consent s WHERE s.channel = ${channel} AND s.topic = ANY(${topics(topic)}::text[]) AND s.status = ${status}`
