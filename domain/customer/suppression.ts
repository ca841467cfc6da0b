/** Why an address must not be written to, as people and other systems say it; `unsubscribed` alone still lets transactions through. */
export const suppressionReasons = ['manual', 'bounce', 'complaint', 'stop', 'unsubscribed'] as const
export type SuppressionReason = (typeof suppressionReasons)[number]

/** An address that must not be written to, readable still. */
export interface SuppressedAddress {
  channel: 'email' | 'sms'
  address: string
  reason: SuppressionReason
  at: Date
}
