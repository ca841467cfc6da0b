import { describe, expect, test } from 'vitest'
import { type Content, type ContentOf, checkContent } from '../../../domain/message/content.ts'
import type { ChannelKind } from '../../../domain/message/kinds.ts'
import { limits } from '../../../domain/message/liquid.ts'
import { previewContent } from '../../../domain/message/preview.ts'
import type { Scope } from '../../../domain/message/scope.ts'

const scope = (customer: Record<string, unknown>): Scope => ({
  customer,
  campaign: { name: 'C' },
  at: Date.UTC(2026, 10, 25, 12),
})
const shown = <C extends ChannelKind>(channel: C, content: ContentOf[C], customer: Record<string, unknown> = {}) =>
  previewContent(channel, content, scope(customer))

const names = [
  ['Hebrew', 'שלום עולם'],
  ['Arabic with marks', 'مُحَمَّد'],
  ['an emoji of several people', '👩‍👩‍👧‍👦'],
  ['a flag and a skin tone', '🇸🇪 👋🏽'],
  ['a letter with a loose accent', 'Zoe\u0308'],
  ['Chinese beyond the basic plane', '𠮷野家'],
  ['Thai', 'สวัสดี'],
  ['right-to-left isolates', '\u2067שלום\u2069 2026'],
  ['signs of HTML', `<b>"Ada" & 'Co'</b>`],
] as const

describe.each(names)('a customer called in %s', (_, firstName) => {
  test('finds their name whole in every part of an e-mail', () => {
    const content = {
      subject: '{{ customer.firstName }}!',
      preheader: 'Für {{ customer.firstName }}',
      html: '<p dir="auto" title="{{ customer.firstName }}">{{ customer.firstName }} ✓</p>',
    }
    const letter = shown('email', content, { firstName })
    if (letter.channel !== 'email') throw new Error('no e-mail')
    const escaped = firstName
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&#34;')
      .replaceAll("'", '&#39;')
    expect(letter.subject).toBe(`${firstName}!`)
    expect(letter.preheader).toBe(`Für ${firstName}`)
    expect(letter.html).toContain(`<p dir="auto" title="${escaped}">${escaped} ✓</p>`)
    expect(letter.text).toContain(`${firstName} ✓`)
  })

  test('finds it as it is in an SMS and in the app', () => {
    expect(shown('sms', { body: 'Hi {{ customer.firstName }}' }, { firstName })).toMatchObject({ body: `Hi ${firstName}` })
    expect(shown('inApp', { title: '{{ customer.firstName }}', body: 'x' }, { firstName })).toMatchObject({ title: firstName })
  })
})

test('a name may be cut and turned without breaking its signs', () => {
  const body = '{{ customer.firstName | truncate: 4 }} {{ customer.firstName | upcase }}'
  const made = shown('sms', { body }, { firstName: 'Ålesund' })
  expect(made).toMatchObject({ body: 'Å... ÅLESUND' })
})

test('a template itself may be written in any script', () => {
  const body = '{% if customer.vip %}مرحبا{% else %}שלום{% endif %} {{ customer.شارع | default: "—" }}'
  expect(shown('sms', { body }, { vip: true, شارع: 'الملك' })).toMatchObject({ body: 'مرحبا الملك', encoding: 'UCS-2' })
})

describe('an SMS is counted in the encoding it needs', () => {
  test.each([
    ['plain text', 'x'.repeat(160), 1, 'GSM-7'],
    ['one letter more', 'x'.repeat(161), 2, 'GSM-7'],
    ['the euro sign takes two', '€'.repeat(80), 1, 'GSM-7'],
    ['one more euro', '€'.repeat(81), 2, 'GSM-7'],
    ['letters of the alphabet it knows', 'äöüßéèñÄÖÅ', 1, 'GSM-7'],
    ['a curly quote makes all of it UCS-2', `${'x'.repeat(69)}’`, 1, 'UCS-2'],
    ['71 of them', `${'x'.repeat(70)}’`, 2, 'UCS-2'],
    ['Hebrew', 'ש'.repeat(70), 1, 'UCS-2'],
    ['an emoji is two units', '🎉'.repeat(35), 1, 'UCS-2'],
    ['36 of them', '🎉'.repeat(36), 2, 'UCS-2'],
  ])('%s', (_, text, segments, encoding) => {
    expect(shown('sms', { body: '{{ customer.text }}' }, { text })).toMatchObject({ segments, encoding })
  })
})

describe('a text has limits that no clock decides', () => {
  const fails = (channel: ChannelKind, content: Content) =>
    checkContent(channel, 'transactional', content, {}).map(fault => fault.code)

  test('of loops, found when it is saved', () => {
    expect(fails('sms', { body: '{% for i in (1..1000) %}{% for j in (1..1000) %}.{% endfor %}{% endfor %}' })).toEqual([
      'templateLimit',
    ])
    expect(fails('sms', { body: '{% for i in (1..1000) %}.{% endfor %}' })).toEqual([])
    expect(fails('email', { subject: 's', html: '{% tablerow i in (1..900000) %}.{% endtablerow %}' })).toEqual(['templateLimit'])
  })

  test('of memory', () => {
    const growing = `{% assign a = "${'x'.repeat(1000)}" %}{% for i in (1..30) %}{% assign a = a | append: a %}{% endfor %}`
    expect(fails('sms', { body: `${growing}{{ a | size }}` })).toEqual(['templateLimit'])
  })

  test('of the source', () => {
    expect(fails('email', { subject: 's', html: 'x'.repeat(limits.source + 1) })).toEqual(['templateLimit'])
  })

  test('that also hold for one person whose data are larger than anybody’s', () => {
    const items = Array.from({ length: 30_000 }, (_, i) => i)
    const body = '{% for item in customer.items %}{{ item }}{% endfor %}'
    expect(() => shown('sms', { body }, { items })).toThrow(/limit exceeded/)
    expect(shown('sms', { body }, { items: items.slice(0, 5) })).toMatchObject({ body: '01234' })
  })

  test('and are the same on a busy machine: the same letter a thousand times', () => {
    const body = '{% for i in (1..2000) %}{% if i == 2000 %}end{% endif %}{% endfor %}'
    for (let i = 0; i < 50; i++) expect(shown('sms', { body })).toMatchObject({ body: 'end' })
  })
})

test('a line break in somebody’s name cannot start a new header', () => {
  const letter = shown(
    'email',
    { subject: 'Hi {{ customer.firstName }}', html: 'x' },
    { firstName: 'Ada\r\nBcc: all@example.com' },
  )
  expect(letter).toMatchObject({ subject: 'Hi Ada Bcc: all@example.com' })
})
