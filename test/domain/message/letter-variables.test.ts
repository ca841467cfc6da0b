import { expect, test } from 'vitest'
import { letterVariables } from '../../../domain/message/letter-variables.ts'
import { customerPath } from '../../../domain/message/scope.ts'
import { compileLetter } from '../../../domain/message/template.ts'

/** The paths a body reads; a "!" marks those without which a customer gets no letter. */
const reads = (body: string) => letterVariables('sms', { body }).map(({ path, guarded }) => (guarded ? path : `${path}!`))

test.each([
  ['{{ customer.firstName }}', ['customer.firstName!']],
  ['{{ customer.firstName | default: "you" }}', ['customer.firstName']],
  ['{{ customer.firstName | default: customer.nick }}', ['customer.firstName', 'customer.nick!']],
  ['{{ customer.firstName | default: "you" }} {{ customer.firstName }}', ['customer.firstName!']],
  ['{{ customer.firstName | upcase | default: "you" }}', ['customer.firstName!']],
  ['{{ customer["first name"] }} {{ customer.tags[0] }}', ['customer.first name!', 'customer.tags.0!']],
  ['{{ customer.scores[event.properties.game] }}', ['event.properties.game!', 'customer.scores!']],
  ['{% if customer.plan %}x{% endif %}', ['customer.plan']],
  ['{% if customer.plan %}{{ customer.plan }}{% endif %}', ['customer.plan']],
  ['{% if customer.plan %}{% else %}{{ customer.plan }}{% endif %}', ['customer.plan!']],
  ['{% if customer.plan == "pro" %}{{ customer.plan }}{% endif %}', ['customer.plan']],
  ['{% if customer.plan != "pro" %}{{ customer.plan }}{% endif %}', ['customer.plan!']],
  ['{% if customer.plan != blank %}{{ customer.plan }}{% endif %}', ['customer.plan']],
  ['{% if customer.plan and customer.vip %}{{ customer.plan }}{% endif %}', ['customer.plan', 'customer.vip']],
  ['{% if customer.plan or customer.vip %}{{ customer.plan }}{% endif %}', ['customer.plan!', 'customer.vip']],
  ['{% if customer.count > 3 %}{{ customer.count }}{% endif %}', ['customer.count']],
  ['{% if customer.count < 3 %}{{ customer.count }}{% endif %}', ['customer.count!']],
  ['{% if customer.address.city %}{{ customer.address }}{% endif %}', ['customer.address.city', 'customer.address']],
  ['{% unless customer.plan %}x{% else %}{{ customer.plan }}{% endunless %}', ['customer.plan']],
  ['{% unless customer.plan %}{{ customer.plan }}{% endunless %}', ['customer.plan!']],
  ['{% case customer.plan %}{% when "pro", "team" %}{{ customer.plan }}{% endcase %}', ['customer.plan']],
  ['{% case customer.plan %}{% when "pro" %}{% else %}{{ customer.plan }}{% endcase %}', ['customer.plan!']],
  [
    '{% for item in customer.cart %}{{ item.name }} {{ forloop.index }} {{ customer.plan }}{% endfor %}',
    ['customer.cart!', 'customer.plan!'],
  ],
  ['{% if customer.cart %}{% for item in customer.cart %}{{ item }}{% endfor %}{% endif %}', ['customer.cart']],
  ['{% assign name = customer.firstName | default: "you" %}{{ name }}', ['customer.firstName']],
  ['{% assign name = customer.firstName %}{{ name }}', ['customer.firstName!']],
  ['{% assign name = customer.firstName %}{{ name | default: "you" }}', ['customer.firstName']],
  ['{% assign name = customer.firstName %}{% if name %}{{ name }}{% endif %}', ['customer.firstName']],
  ['{% assign address = customer.address %}{{ address.city }}', ['customer.address', 'customer.address.city!']],
  ['{% capture x %}{{ customer.plan }}{% endcapture %}{{ x }}', ['customer.plan!']],
  ['{% for i in (1..customer.count) %}{{ i }}{% endfor %}', ['customer.count!']],
  ['{% cycle customer.a, "b" %}{% increment n %}{{ n }}', ['customer.a!']],
])('%s', (body, expected) => {
  expect(reads(body)).toEqual(expected)
})

test('what is said to be guarded is: a customer without any of it gets the letter', () => {
  const bodies = [
    '{{ customer.a | default: "x" }}{% if customer.b %}{{ customer.b }}{% endif %}',
    '{% assign n = customer.a %}{% if n == "x" %}{{ n }}{% endif %}{{ n | default: "-" }}',
    '{% unless customer.a %}-{% else %}{{ customer.a }}{% endunless %}{% case customer.b %}{% when 1 %}{{ customer.b }}{% endcase %}',
    '{% if customer.n > 0 and customer.m contains "x" %}{{ customer.n }}{{ customer.m }}{% endif %}',
  ]
  for (const body of bodies) {
    expect(letterVariables('sms', { body }).every(({ guarded }) => guarded)).toBe(true)
    expect(compileLetter('sms', { body }).values({ customer: {}, campaign: { name: '' }, at: 0 })).toMatchObject({ ok: true })
  }
})

test('says where a path is read first and whether it is ever printed', () => {
  const content = { subject: '{% if customer.vip %}x{% endif %}', html: '<p>\n {{ customer.plan }}</p>{{ customer.vip }}' }
  expect(letterVariables('email', content)).toMatchObject([
    { path: 'customer.vip', steps: ['customer', 'vip'], field: 'subject', printed: true, guarded: false, line: 1 },
    { path: 'customer.plan', field: 'html', line: 2, column: 5 },
  ])
})

test.each([
  [['customer', 'firstName'], { own: 'firstName' }],
  [['customer', 'plan'], { attribute: 'plan' }],
  [['customer', 'address', 'city'], { attribute: 'address.city' }],
  [['customer', 'attributes', 'firstName'], { attribute: 'firstName' }],
  [['customer', 'attributes'], undefined],
  [['event', 'name'], undefined],
])('%j is asked of the profile as %j', (steps, meaning) => {
  expect(customerPath(steps)).toEqual(meaning)
})
