import { SegmentedMessage } from 'sms-segments-calculator'

export interface SmsSize {
  /** What the carrier bills. */
  segments: number
  encoding: 'GSM-7' | 'UCS-2'
}

// Printable ASCII that is one septet in GSM 03.38; ` is not in it, and ^{}\[~]| take two.
const plain = /^[\n\r !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z]*$/

/** How many segments a text takes: 160 or 153 a segment in GSM-7, 70 or 67 in UCS-2 as soon as one character needs it. */
export function smsSegments(text: string): SmsSize {
  if (plain.test(text)) return { segments: text.length <= 160 ? 1 : Math.ceil(text.length / 153), encoding: 'GSM-7' }
  const message = new SegmentedMessage(text)
  return { segments: message.segmentsCount, encoding: message.encodingName === 'GSM-7' ? 'GSM-7' : 'UCS-2' }
}

/** What a text costs, at a price for one segment, in that price's currency. */
export const smsCost = (text: string, pricePerSegment: number): number => smsSegments(text).segments * pricePerSegment
