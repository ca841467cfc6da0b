import { z } from 'zod'

export const channelKinds = ['email', 'sms', 'inApp'] as const
export const channelSchema = z.enum(channelKinds)
export type ChannelKind = z.infer<typeof channelSchema>

export const messageClassSchema = z.enum(['marketing', 'transactional'])
export type MessageClass = z.infer<typeof messageClassSchema>
