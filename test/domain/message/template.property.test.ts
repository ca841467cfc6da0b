import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oneLine } from '../../../domain/message/escape.ts'
import { fill, type Piece } from '../../../domain/message/letter.ts'
import { htmlEngine, plainEngine } from '../../../domain/message/liquid.ts'
import type { Scope } from '../../../domain/message/scope.ts'
import { compileLetter } from '../../../domain/message/template.ts'

const words = fc.constantFrom(
  'Hello ',
  ' & co. ',
  '<p>',
  '</p>\n',
  "it's “so” ",
  ' 👋🏽 שלום ',
  '\n  ',
  'x',
  '<a href="',
  '">',
  '} %',
  '&amp;',
)
const path = fc.constantFrom(
  'customer.firstName',
  'customer.plan',
  'customer.address.city',
  'customer.tags',
  'customer.tags[0]',
  'customer.tags[-1]',
  'customer.tags.size',
  'customer["firstName"]',
  'customer.count',
  'customer.vip',
  'event.properties.plan',
  'unsubscribeUrl',
  'local',
  'captured',
)
const filters = fc.constantFrom(
  '',
  '',
  '',
  ' | default: "there"',
  " | default: 'a<b'",
  ' | default: 7',
  ' | default: customer.plan',
  ' | upcase',
  ' | default: "x" | upcase',
  ' | raw',
  ' | default: "<i>" | raw',
  ' | escape',
  ' | size',
)
const output = fc
  .tuple(path, filters, fc.boolean(), fc.boolean())
  .map(([p, f, left, right]) => `{{${left ? '-' : ''} ${p}${f} ${right ? '-' : ''}}}`)
const { source } = fc.letrec<{ node: string; source: string }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: words, weight: 4 },
    { arbitrary: output, weight: 5 },
    { arbitrary: fc.constant('{% raw %}{{ not.this }}{% endraw %}'), weight: 1 },
    { arbitrary: fc.constant('{% comment %}{{ nor.this }}{% endcomment %}'), weight: 1 },
    { arbitrary: fc.constant('{% assign local = customer.plan | default: "none" %}'), weight: 1 },
    { arbitrary: fc.constant('{% increment counter %}'), weight: 1 },
    { arbitrary: fc.constant('{% cycle "a", "<b>" %}'), weight: 1 },
    { arbitrary: tie('source').map(inside => `{% capture captured %}${inside}{% endcapture %}`), weight: 1 },
    {
      arbitrary: fc
        .tuple(path, tie('source'), tie('source'))
        .map(([p, yes, no]) => `{% if ${p} %}${yes}{%- else -%}${no}{% endif %}`),
      weight: 2,
    },
    { arbitrary: fc.tuple(path, tie('source')).map(([p, yes]) => `{% unless ${p} == "pro" %}${yes}{% endunless %}`), weight: 1 },
    {
      arbitrary: tie('source').map(inside => `{% for tag in customer.tags %}{{ forloop.index }}{{ tag }}${inside}{% endfor %}`),
      weight: 1,
    },
  ),
  source: fc.array(tie('node'), { maxLength: 8 }).map(nodes => nodes.join('')),
}))

const text = fc.oneof(
  fc.constantFrom('', 'Ann', '<b>', 'a & "b"', "O'Neil", 'pro', '日本', '{{ x }}', '%}'),
  fc.string({ maxLength: 6 }),
)
const customer = fc.record(
  {
    firstName: text,
    plan: text,
    address: fc.record({ city: text }, { requiredKeys: [] }),
    tags: fc.array(text, { maxLength: 3 }),
    count: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    vip: fc.boolean(),
  },
  { requiredKeys: [] },
)
const scopes: fc.Arbitrary<Scope> = fc.record({
  customer,
  event: fc.record({ name: fc.constant('Order Completed'), properties: fc.record({ plan: text }, { requiredKeys: [] }) }),
  campaign: fc.constant({ name: 'spring' }),
  unsubscribeUrl: fc.constant('https://example.com/u/1?a=1&b=2'),
  at: fc.constant(0),
})

/** The whole source rendered by liquidjs at once; undefined where it throws. */
function whole(engine: typeof htmlEngine, template: string, scope: Scope): string | undefined {
  try {
    return String(engine.parseAndRenderSync(template, structuredClone(scope)))
  } catch {
    return undefined
  }
}

const one = (pieces: readonly Piece[] | undefined, values: readonly string[]) => fill(pieces ?? [], values)

test('filling the open places of an HTML letter gives what Liquid gives for the whole text', () => {
  fc.assert(
    fc.property(source, scopes, (template, scope) => {
      fc.pre(template !== '')
      const letter = compileLetter('email', { subject: 's', html: template, text: 't' })
      const rendered = letter.values(structuredClone(scope))
      expect(rendered.ok ? one(letter.letter.fields.html, rendered.values) : undefined).toBe(whole(htmlEngine, template, scope))
    }),
    { numRuns: 600 },
  )
})

test('so it does for a text that is not escaped', () => {
  fc.assert(
    fc.property(source, scopes, (template, scope) => {
      fc.pre(template !== '')
      const letter = compileLetter('sms', { body: template })
      const rendered = letter.values(structuredClone(scope))
      expect(rendered.ok ? one(letter.letter.fields.body, rendered.values) : undefined).toBe(whole(plainEngine, template, scope))
    }),
    { numRuns: 600 },
  )
})

test('a field reads what the field before it assigned, as if they stood in one text', () => {
  fc.assert(
    fc.property(source, source, scopes, (first, second, scope) => {
      fc.pre(first !== '' && second !== '')
      const letter = compileLetter('inApp', { title: first, body: second })
      const rendered = letter.values(structuredClone(scope))
      const oracle = whole(plainEngine, `${first}\u0001\u0001${second}`, scope)?.split('\u0001\u0001')
      // Line breaks in a title become spaces piece by piece, so two that meet may leave one space more than the whole would.
      const title = rendered.ok ? one(letter.letter.fields.title, rendered.values).replace(/ +/g, ' ') : undefined
      expect(title).toBe(oracle && oneLine(oracle[0]!).replace(/ +/g, ' '))
      expect(rendered.ok ? one(letter.letter.fields.body, rendered.values) : undefined).toBe(oracle?.[1])
    }),
    { numRuns: 300 },
  )
})

test('the templates tried are worth trying: a good part renders, and a good part misses something', () => {
  const results = fc
    .sample(fc.tuple(source, scopes), { numRuns: 300, seed: 1 })
    .map(([template, scope]) => whole(plainEngine, template, scope))
  const rendered = results.filter(result => result !== undefined && result.length > 3).length
  expect(rendered).toBeGreaterThan(80)
  expect(results.length - rendered).toBeGreaterThan(50)
})

test('the scope a letter is given is never written to', () => {
  fc.assert(
    fc.property(source, scopes, (template, scope) => {
      fc.pre(template !== '')
      const before = structuredClone(scope)
      compileLetter('sms', { body: template }).values(scope)
      expect(scope).toEqual(before)
    }),
    { numRuns: 200 },
  )
})
