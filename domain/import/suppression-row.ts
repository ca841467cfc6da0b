import { emailAddress } from '../customer/email.ts'
import { phoneNumber } from '../customer/phone.ts'
import { type SuppressedAddress, type SuppressionReason, suppressionReasons } from '../customer/suppression.ts'
import { fault, futureMs, type LineFault, type RowContext, type Take, timeOf } from './line.ts'

/** A line of a list of suppressions: the addresses it names. */
export interface SuppressionLine {
  suppressed: SuppressedAddress[]
}

export const isSuppression = (read: object): read is SuppressionLine => 'suppressed' in read

/**
 * Reads a line that names an `email`, a `phone` or both, or an `address` with its `channel` (`email` or `sms`); `reason` (`manual`
 * when nothing is said) and `at` (now when nothing is said) are what is known about it.
 */
export function suppressionRow(take: Take, { receivedAt, region }: RowContext): SuppressionLine | LineFault {
  const reason = (take('reason')?.toLowerCase() ?? 'manual') as SuppressionReason
  if (!suppressionReasons.includes(reason)) return fault('invalid', 'noReason', suppressionReasons.join(', '))
  const said = take('at') ?? take('timestamp')
  const time = said === undefined ? receivedAt.getTime() : timeOf(said)
  if (time === undefined) return fault('invalid', 'noTimeExample', 'at')
  if (time > receivedAt.getTime() + futureMs) return fault('future', 'future', 'at')
  const at = new Date(Math.min(time, receivedAt.getTime()))
  const suppressed: SuppressedAddress[] = []
  const channel = take('channel')?.toLowerCase()
  const address = take('address')
  if (address !== undefined && channel !== 'email' && channel !== 'sms') return fault('invalid', 'neitherChannel')
  const email = take('email') ?? (channel === 'email' ? address : undefined)
  const phone = take('phone') ?? (channel === 'sms' ? address : undefined)
  if (email === undefined && phone === undefined) return fault('missing', 'noAddress')
  if (email !== undefined) {
    const read = emailAddress(email)
    if (!read) return fault('invalid', 'notEmail')
    suppressed.push({ channel: 'email', address: read, reason, at })
  }
  if (phone !== undefined) {
    const read = phoneNumber(phone, region)
    if (!read) return fault('invalid', 'notPhone', region)
    suppressed.push({ channel: 'sms', address: read, reason, at })
  }
  return { suppressed }
}
