import fc from 'fast-check'
import { SegmentedMessage } from 'sms-segments-calculator'
import { describe, expect, test } from 'vitest'
import { smsCost, smsSegments } from '../../../domain/message/sms-segments.ts'

describe('an SMS of', () => {
  test.each([
    ['nothing', '', 1, 'GSM-7'],
    ['160 plain letters', 'a'.repeat(160), 1, 'GSM-7'],
    ['161 plain letters', 'a'.repeat(161), 2, 'GSM-7'],
    ['306', 'a'.repeat(306), 2, 'GSM-7'],
    ['307', 'a'.repeat(307), 3, 'GSM-7'],
    ['160 letters with accents of GSM-7', 'é'.repeat(160), 1, 'GSM-7'],
    ['80 braces, which take two each', '{'.repeat(80), 1, 'GSM-7'],
    ['81 braces', '{'.repeat(81), 2, 'GSM-7'],
    ['a brace that would straddle two segments', `${'a'.repeat(152)}{${'a'.repeat(153)}`, 3, 'GSM-7'],
    ['70 letters of which one is outside GSM-7', `${'a'.repeat(69)}č`, 1, 'UCS-2'],
    ['71', `${'a'.repeat(70)}č`, 2, 'UCS-2'],
    ['an emoji', '👍', 1, 'UCS-2'],
  ])('%s', (_, text, segments, encoding) => expect(smsSegments(text)).toEqual({ segments, encoding }))
})

test('the short way for plain text counts as the library does', () => {
  const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 400 })
  fc.assert(
    fc.property(
      fc.oneof(
        ascii,
        ascii.map(text => text.replaceAll(/[`^{}\\[~\]|]/g, ' ')),
        fc.constant('a\r\nb'.repeat(40)),
      ),
      text => {
        expect(smsSegments(text).segments).toBe(Math.max(1, new SegmentedMessage(text).segmentsCount))
      },
    ),
  )
})

test('costs as many prices as segments', () => expect(smsCost('a'.repeat(200), 0.05)).toBeCloseTo(0.1))
