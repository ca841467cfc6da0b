import type { z } from 'zod'
import { momentOf } from '../segment/moment.ts'
import { type batchSchema, longestName, type RawCall } from './call.ts'

type Batch = z.output<typeof batchSchema>

const isText = (value: unknown, atMost: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= atMost

/** A track call of the plainest form as the schema would read it; undefined for anything else. */
function plainTrack(given: unknown): RawCall | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const call = given as Record<string, unknown>
  const { messageId, userId, anonymousId, event, timestamp, properties = {} } = call
  if (call.type !== 'track' || call.sentAt !== undefined || call.context !== undefined) return undefined
  if (!isText(event, longestName) || !isText(userId, longestName)) return undefined
  if (messageId !== undefined && !isText(messageId, 255)) return undefined
  if (anonymousId !== undefined && !isText(anonymousId, longestName)) return undefined
  if (timestamp !== undefined && (typeof timestamp !== 'string' || momentOf(timestamp) === undefined)) return undefined
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return undefined
  return { type: 'track', messageId, userId, anonymousId, event, timestamp, properties: properties as Record<string, unknown> }
}

/**
 * A batch of plain track calls, which nearly all are, read in a tenth of the time that the schema takes; undefined where the
 * schema has to look. It never takes what the schema refuses, and reads what it takes as the schema does.
 */
export function plainBatch(body: unknown): Batch | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { batch, sentAt, context } = body as Record<string, unknown>
  if (!Array.isArray(batch) || batch.length === 0 || batch.length > 1_000 || context !== undefined) return undefined
  if (sentAt !== undefined && (typeof sentAt !== 'string' || momentOf(sentAt) === undefined)) return undefined
  const calls: RawCall[] = []
  for (const each of batch) {
    const call = plainTrack(each)
    if (!call) return undefined
    calls.push(call)
  }
  return { batch: calls, sentAt }
}
