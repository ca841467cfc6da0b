import type { Channel, Channels } from '../channels/channel.ts'
import { type ChannelKind, channelKinds } from '../domain/message/kinds.ts'
import { fill } from '../domain/message/letter.ts'
import { smsSegments } from '../domain/message/sms-segments.ts'

/** Channels that accept everything and send nothing. */
export function silentChannels(maxBatch: number): Channels {
  const channel = (kind: ChannelKind): Channel => ({
    kind,
    provider: 'simulation',
    maxBatch,
    send: async ({ letter, envelopes }) =>
      envelopes.map(({ values }) =>
        kind === 'sms'
          ? { kind: 'accepted', segments: smsSegments(fill(letter.fields.body ?? [], values)).segments }
          : { kind: 'accepted' },
      ),
  })
  return Object.fromEntries(channelKinds.map(kind => [kind, channel(kind)])) as Channels
}
