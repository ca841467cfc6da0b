import type { SmsError } from '../../domain/message/sms-errors.ts'
import { misconfiguredMs } from '../wire.ts'

const refused = (why: string, suppress?: 'stop' | 'bounce'): SmsError => ({
  means: 'refused',
  why,
  ...(suppress ? { suppress } : {}),
})
const later = (why: string, afterMs: number): SmsError => ({ means: 'later', why, afterMs })
const misconfigured = (why: string) => later(why, misconfiguredMs)
const minutes = 60_000

/**
 * Twilio's error codes for outgoing messages (https://www.twilio.com/docs/api/errors): when a message is created (2xxxx)
 * and when one that was created did not arrive (3xxxx). A code that is not here is judged by the HTTP status; TWILIO_ERRORS may say
 * of any code what it shall mean instead.
 */
const smsErrors: Readonly<Record<number, SmsError>> = {
  20003: misconfigured('the account SID or auth token is wrong'),
  20005: misconfigured('the account is not active'),
  20404: misconfigured('the account or messaging service does not exist'),
  20429: later('too many requests at once', 5_000),
  21211: refused('the number is not valid'),
  21212: misconfigured('the sender is not a valid number'),
  21214: refused('the number cannot be reached'),
  21217: refused('the number is not valid'),
  21265: refused('the number cannot be a short code'),
  21408: refused('the account may not send to this country'),
  21602: refused('the text is empty'),
  21603: misconfigured('there is no sender'),
  21604: refused('there is no number to send to'),
  21606: misconfigured('the sender cannot send SMS'),
  21609: misconfigured('the address for status callbacks is not one Twilio can reach: see PUBLIC_URL'),
  21610: refused('the person answered STOP to this sender', 'stop'),
  21611: later('the queue of this sender is full', 10 * minutes),
  21612: refused('this sender cannot reach that number'),
  21614: refused('the number is not a mobile number'),
  21617: refused('the text is longer than 1,600 characters'),
  21619: refused('the text is empty'),
  21635: refused('the number is a landline'),
  21659: misconfigured('the sender does not belong to the account'),
  21701: misconfigured('the messaging service does not exist'),
  21703: misconfigured('the messaging service has no sender'),
  30001: later('the queue of this sender is full', 10 * minutes),
  30002: misconfigured('the account is suspended'),
  30003: refused('the phone is off or out of reach'),
  30004: refused('the carrier blocks messages to this number', 'bounce'),
  30005: refused('the number does not exist', 'bounce'),
  30006: refused('the number is a landline or its carrier cannot be reached', 'bounce'),
  30007: refused('the carrier filtered the message'),
  30008: refused('the carrier gave no reason'),
  30034: misconfigured('the sender is not registered for this country (A2P 10DLC)'),
}

/** What a code means, as the configuration has it, else as this table does. */
export type SmsErrors = Readonly<Record<number, SmsError>>
export const smsError = (code: number | undefined, errors?: SmsErrors): SmsError | undefined =>
  code === undefined ? undefined : (errors?.[code] ?? smsErrors[code])
