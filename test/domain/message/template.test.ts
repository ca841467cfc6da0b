import { describe, expect, test } from 'vitest'
import type { PerennialError } from '../../../domain/errors.ts'
import type { EmailContent } from '../../../domain/message/content.ts'
import { fill, type LetterField } from '../../../domain/message/letter.ts'
import { type Scope, scopeCustomer } from '../../../domain/message/scope.ts'
import { type CompiledLetter, compileLetter } from '../../../domain/message/template.ts'

const scope = (customer: Record<string, unknown> = {}, more: Partial<Scope> = {}): Scope => ({
  customer,
  campaign: { name: 'Spring' },
  unsubscribeUrl: 'https://example.com/u/1?a=1&b=2',
  postalAddress: '1 Main Street, Springfield',
  at: Date.UTC(2026, 2, 1, 23, 30),
  ...more,
})

/** Every field of a letter as one person gets it. */
function read(letter: CompiledLetter, of: Scope): Partial<Record<LetterField, string>> {
  const rendered = letter.values(of)
  if (!rendered.ok) throw new Error(rendered.missing ?? rendered.failed)
  expect(rendered.values).toHaveLength(letter.letter.places)
  return Object.fromEntries(Object.entries(letter.letter.fields).map(([field, pieces]) => [field, fill(pieces, rendered.values)]))
}
const email = (content: Partial<EmailContent>) => compileLetter('email', { subject: 'Hello', html: '<p>Hi</p>', ...content })
const sms = (body: string, of: Scope = scope()) => read(compileLetter('sms', { body }), of).body

describe('a letter', () => {
  test('keeps constant words once and numbers only what differs, each path once', () => {
    const { letter } = email({
      subject: 'For {{ customer.name }}',
      html: '<p>{{ customer.plan }} {{ customer.plan }}</p>',
      text: 'for {{ customer.name }}',
    })
    expect(letter).toEqual({
      fields: { subject: ['For ', 0], html: ['<p>', 1, ' ', 1, '</p>'], text: ['for ', 2] },
      places: 3,
    })
  })

  test('has no open place where everybody gets the same', () => {
    expect(compileLetter('sms', { body: '{% raw %}{{ }}{% endraw %}{% comment %}x{% endcomment %}!' }).letter).toEqual({
      fields: { body: ['{{ }}!'] },
      places: 0,
    })
  })

  test('escapes for HTML and nowhere else', () => {
    const letter = email({
      subject: '{{ customer.name }}',
      html: '<p title="{{ customer.name }}">{{ customer.name | raw }}</p>',
      text: '{{ customer.name }}',
    })
    const name = `<b>"Tom" & 'Jo'</b>`
    expect(read(letter, scope({ name }))).toEqual({
      subject: name,
      html: `<p title="&lt;b&gt;&#34;Tom&#34; &amp; &#39;Jo&#39;&lt;/b&gt;">${name}</p>`,
      text: name,
    })
  })

  test('escapes once, also where the author escapes by hand, and lets line breaks through safely', () => {
    const html = '{{ customer.note | escape }} {{ customer.note | newline_to_br }}'
    expect(read(email({ html, text: 't' }), scope({ note: '<\n>' })).html).toBe('&lt;\n&gt; &lt;<br />\n&gt;')
  })

  test('never lets a person’s attribute break the subject into a second line', () => {
    const letter = email({ subject: 'Hi {{ customer.name }}{% if customer.name %} {{ customer.name }}{% endif %}' })
    expect(read(letter, scope({ name: 'A\r\nBcc: all@example.com' })).subject).toBe(
      'Hi A Bcc: all@example.com A Bcc: all@example.com',
    )
  })

  test('carries right-to-left text, emoji and every other letter unharmed', () => {
    expect(sms('שלום {{ customer.name }} 👩‍👩‍👧 ｅ́', scope({ name: 'Zoë 𝒳 مرحبا' }))).toBe('שלום Zoë 𝒳 مرحبا 👩‍👩‍👧 ｅ́')
  })

  test('tells the journey’s time, not the machine’s, in the person’s own zone', () => {
    expect(sms('{{ "now" | date: "%Y-%m-%d %H:%M" }}')).toBe('2026-03-01 23:30')
    expect(sms('{{ "now" | date: "%Y-%m-%d %H:%M" }}', scope({}, { zone: 'Europe/Stockholm' }))).toBe('2026-03-02 00:30')
    expect(sms('{{ "2026-03-29T00:30:00Z" | date: "%H:%M", "America/New_York" }}')).toBe('20:30')
  })

  test('of an in-app message has an action, with or without words on it', () => {
    const base = { title: 'T', body: 'B' }
    expect(compileLetter('inApp', { ...base, action: 'https://example.com/{{ customer.name }}' }).letter.fields.action).toEqual([
      'https://example.com/',
      0,
    ])
    expect(compileLetter('inApp', { ...base, action: { url: 'u', label: 'Go' } }).letter.fields).toMatchObject({
      action: ['u'],
      actionLabel: ['Go'],
    })
  })
})

describe('a missing value', () => {
  test.each([
    ['{{ customer.name }}', 'customer.name'],
    ['{{ customer.address.city }}', 'customer.address.city'],
    ['{{ customer.name | upcase }}', 'customer.name'],
    ['{% if true %}{{ customer.name }}{% endif %}', 'customer.name'],
    ['{% for item in event.properties.items %}{{ item }}{% endfor %}', 'event.properties.items'],
    ['{{ customer.name | default: customer.nick }}', 'customer.nick'],
    ['{{ "now" | date: customer.format }}', 'customer.format'],
  ])('%s costs only this person the letter, and is named', (body, missing) => {
    expect(compileLetter('sms', { body }).values(scope())).toEqual({ ok: false, missing })
  })

  test.each(['{{ customer.name }}', '{{ customer.name | upcase }}', '{% if true %}{{ customer.name }}{% endif %}'])(
    'null is missing too: %s',
    body => {
      expect(compileLetter('sms', { body }).values(scope({ name: null }))).toEqual({ ok: false, missing: 'customer.name' })
    },
  )

  test.each([
    ['{{ customer.name | default: "there" }}', 'there'],
    ['{{ customer.name | default: "there" | upcase }}', 'THERE'],
    ['{% if customer.name %}{{ customer.name }}{% else %}you{% endif %}', 'you'],
    ['{% unless customer.name %}you{% endunless %}', 'you'],
    ['{% case customer.name %}{% when "x" %}x{% else %}other{% endcase %}', 'other'],
    ['{% if customer.name == nil %}none{% endif %}', 'none'],
  ])('is forgiven where the author thought of it: %s', (body, text) => {
    expect(sms(body)).toBe(text)
  })

  test('does not reach into what a plain object inherits', () => {
    for (const path of ['constructor', 'customer.__proto__', 'customer.toString', 'customer.name.constructor'])
      expect(compileLetter('sms', { body: `{{ ${path} }}` }).values(scope({ name: 'x' }))).toEqual({ ok: false, missing: path })
  })
})

describe('limits', () => {
  test.each([
    ['a long loop', '{% for i in (1..100000000) %}x{% endfor %}'],
    ['loops in loops', '{% for i in (1..1000) %}{% for j in (1..1000) %}{% endfor %}{% endfor %}'],
    ['a text that doubles', `{% assign a = "0123456789" %}${'{% assign a = a | append: a %}'.repeat(30)}{{ a | size }}`],
    [
      'captures of captures',
      `{% capture a %}0123456789{% endcapture %}${'{% capture a %}{{ a }}{{ a }}{{ a }}{{ a }}{% endcapture %}'.repeat(12)}{{ a }}`,
    ],
  ])('stop %s for one person without a throw', (_, body) => {
    expect(compileLetter('sms', { body }).values(scope())).toEqual({
      ok: false,
      failed: expect.stringContaining('limit exceeded'),
    })
  })

  test('leave nothing to include, nothing to chance, and no half letter', () => {
    for (const body of [
      '{% include "x" %}',
      '{% render "/etc/passwd" %}',
      '{% layout "x" %}',
      '{{ customer.tags | sample }}',
      'a{% break %}b',
    ])
      expect(() => compileLetter('sms', { body })).toThrow()
  })

  test('a source that is nested too deeply is a fault, not a crash', () => {
    for (const depth of [60, 3_000, 20_000])
      expect(() => compileLetter('sms', { body: '{% if true %}'.repeat(depth) + '{% endif %}'.repeat(depth) })).toThrow(
        'at most 50 blocks',
      )
  })
})

test('what does not parse is named with its line and column, all fields at once', () => {
  try {
    email({ subject: '{{ customer.name', html: '<p>\n  {{ customer.name | shout }}\n{% if x %}</p>' })
    expect.unreachable()
  } catch (error) {
    expect((error as PerennialError).code).toBe('unprocessable')
    expect((error as PerennialError).faults).toMatchObject([
      { path: '/subject', code: 'templateSyntax', message: expect.stringMatching(/not closed \(line 1, column 1\)/) },
      { path: '/html', code: 'templateSyntax', message: expect.stringMatching(/undefined filter: shout \(line 2, column \d+\)/) },
    ])
  }
})

describe('the preheader', () => {
  const opened = /^<html><body class="a>b c"><div data-preheader [^>]*>R&amp;D, &lt;Ann&gt;(&#847;&zwnj;&nbsp;)+<\/div><p>/
  test('stands hidden at the start of the body, escaped', () => {
    const letter = email({
      preheader: 'R&D, {{ customer.name }}',
      html: '<html><body class="a>b {{ customer.theme }}"><p>Hi</p></body></html>',
    })
    const { html, text } = read(letter, scope({ name: '<Ann>', theme: 'c' }))
    expect(html).toMatch(opened)
    expect(text).toBe('Hi')
  })

  test('stands first where there is no body tag', () => {
    expect(read(email({ preheader: 'Soon' }), scope()).html).toMatch(/^<div data-preheader .*<p>Hi<\/p>$/)
  })
})

describe('the text made from HTML', () => {
  test('is made once for all where nobody’s values bring tags', () => {
    const { letter } = email({
      html: '<h1>Hi {{ customer.name }}</h1><p>a<br>b &amp; c</p><a href="{{ unsubscribeUrl }}">Leave</a>',
    })
    expect(letter.fields.text).toEqual(['Hi ', 2, '\n\na\nb & c\n\nLeave [', 3, ']'])
  })

  test('carries values as they are, not as HTML needs them', () => {
    const html = '<p>{{ customer.name }} {{ customer.name | upcase }}</p><a href="{{ unsubscribeUrl }}">Leave</a>'
    expect(read(email({ html }), scope({ name: 'Tom & <Jo>' })).text).toBe(
      'Tom & <Jo> TOM & <JO>\n\nLeave [https://example.com/u/1?a=1&b=2]',
    )
  })

  test('follows each person where the HTML itself differs', () => {
    const letter = email({
      html: 'Hi {{ customer.name }}{% if customer.vip %}<p>Gold &amp; more for {{ customer.name }}</p>{% endif %}<p>Bye</p>',
    })
    expect(read(letter, scope({ name: '<A>', vip: true })).text).toBe('Hi <A>\n\nGold & more for <A>\n\nBye')
    expect(read(letter, scope({ name: 'B', vip: false })).text).toBe('Hi B\n\nBye')
    expect(read(letter, scope({ name: 'C', vip: true })).text).toBe('Hi C\n\nGold & more for C\n\nBye')
  })

  test('knows words that the author hides in conditions, with their entities and blanks', () => {
    const letter = email({ html: '<p>You{% if customer.vip %}\n  &amp; yours&nbsp;{% endif %}!</p>' })
    expect(read(letter, scope({ vip: true })).text).toBe('You & yours\u00a0!')
  })

  test('says what a picture shows and leaves styles and titles out', () => {
    const html =
      '<html><head><title>T</title><style>p{}</style></head><body><img src="x.png" alt="A cake"><p>Hi</p></body></html>'
    expect(read(email({ html }), scope()).text).toBe('A cake\n\nHi')
  })
})

test('MJML that nobody compiled is refused, not sent', () => {
  expect(() => compileLetter('email', { subject: 's', mjml: '<mjml></mjml>' })).toThrow('compiled')
})

describe('the scope’s customer', () => {
  const base = { externalId: 'c1', email: 'a@example.com', firstName: null, createdAt: new Date(0) }
  test('has its attributes beneath `attributes` and, where no own field has the name, directly', () => {
    expect(scopeCustomer({ ...base, attributes: { plan: 'pro', email: 'other', firstName: 'shadow' } })).toEqual({
      externalId: 'c1',
      email: 'a@example.com',
      createdAt: '1970-01-01T00:00:00.000Z',
      plan: 'pro',
      attributes: { plan: 'pro', email: 'other', firstName: 'shadow' },
    })
  })

  test('an own field that is empty is missing, whatever attribute has its name', () => {
    const customer = scopeCustomer({ ...base, attributes: { firstName: 'shadow' } })
    expect(compileLetter('sms', { body: '{{ customer.firstName }}' }).values(scope(customer))).toEqual({
      ok: false,
      missing: 'customer.firstName',
    })
  })
})
