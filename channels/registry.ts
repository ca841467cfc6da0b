import type { ChannelKind } from '../domain/message/kinds.ts'
import type { Channels } from './channel.ts'
import { createSendGrid } from './email/sendgrid.ts'
import { createInbox } from './in-app/inbox.ts'
import type { SharedHold } from './pace.ts'
import { createSandbox } from './sandbox/outbox.ts'
import type { SmsErrors } from './sms/errors.ts'
import { createTwilio } from './sms/twilio.ts'
import type { MessageStore } from './store.ts'

/** What the channels need of the configuration (domain/config.ts has it all). */
export interface ChannelConfig {
  /** Without a slash at the end. */
  publicUrl: string
  /** How long a send without a clear answer waits for evidence. */
  uncertainForMs?: number
  sendgrid: { apiKey: string; baseUrl: string; from: string; sandboxMode?: boolean; activity?: boolean } | undefined
  twilio:
    | {
        accountSid: string
        authToken: string
        baseUrl: string
        from: string | undefined
        messagingServiceSid: string | undefined
        errors?: SmsErrors | undefined
      }
    | undefined
}

/** Where messages go that no provider carries. Channels know no database: whoever makes them brings the stores. */
export interface ChannelStores {
  inbox: MessageStore
  outbox(kind: ChannelKind): MessageStore
  /** Shares a provider's holds between workers; without it each worker learns of them by itself. */
  holds?(provider: string): SharedHold
}

/** The channels of this installation: a provider where its keys are set, the sandbox otherwise. */
export function createChannels(config: ChannelConfig, stores: ChannelStores): Channels {
  const { publicUrl, sendgrid, twilio, uncertainForMs = 900_000 } = config
  const email = sendgrid
    ? createSendGrid({ ...sendgrid, holds: stores.holds?.('sendgrid') })
    : createSandbox('email', stores.outbox('email'))
  return {
    email,
    sms: twilio
      ? sms({ publicUrl, uncertainForMs, holds: stores.holds?.('twilio') }, twilio)
      : createSandbox('sms', stores.outbox('sms')),
    inApp: createInbox(stores.inbox),
  }
}

function sms(
  { publicUrl, uncertainForMs, holds }: { publicUrl: string; uncertainForMs: number; holds: SharedHold | undefined },
  { from, messagingServiceSid, ...account }: NonNullable<ChannelConfig['twilio']>,
) {
  return createTwilio({
    publicUrl,
    holds,
    // Evidence must come well before nobody waits for it any more.
    slackMs: Math.min(60_000, uncertainForMs / 8),
    ...account,
    ...(from ? { from } : {}),
    ...(messagingServiceSid ? { messagingServiceSid } : {}),
  })
}
