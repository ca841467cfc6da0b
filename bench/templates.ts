// How many letters a core renders in a second: a plain template, one with filters and conditions, one whose tags differ by
// person; and the time a verdict takes. Run: npx tsx bench/templates.ts
import type { EmailContent } from '../domain/message/content.ts'
import { htmlEngine } from '../domain/message/liquid.ts'
import { maySend } from '../domain/message/may-send.ts'
import { type Scope, scopeCustomer } from '../domain/message/scope.ts'
import { compileLetter } from '../domain/message/template.ts'
import { settingsSchema } from '../domain/settings.ts'

const filler = '<tr><td><p>Some words that are the same for everybody.</p></td></tr>'.repeat(30)
const footer = '<a href="{{ unsubscribeUrl }}">Unsubscribe</a><p>{{ postalAddress }}</p>'
const six =
  'Hi {{ customer.firstName | default: "there" }}, your {{ customer.plan }} plan in {{ customer.city }}: {{ customer.count }}'
const templates: Record<string, EmailContent> = {
  'six plain outputs': {
    subject: 'For {{ customer.firstName | default: "you" }}',
    html: `<html><body><p>${six}</p>${filler}${footer}</body></html>`,
  },
  'three more through Liquid': {
    subject: 'For {{ customer.firstName | default: "you" | capitalize }}',
    html: `<html><body><p>${six}</p>{{ customer.count | plus: 1 }}{% if customer.vip %} gold{% endif %}${filler}${footer}</body></html>`,
  },
  'tags that differ by person': {
    subject: 'For you',
    html: `<html><body><p>${six}</p>{% if customer.vip %}<p>Gold</p>{% endif %}${filler}${footer}</body></html>`,
  },
}
const scopes: Scope[] = Array.from({ length: 1_000 }, (_, i) => ({
  customer: scopeCustomer({
    externalId: `c${i}`,
    firstName: i % 7 === 0 ? null : `Name ${i}`,
    attributes: { plan: 'pro', city: "L'Aquila", count: i, vip: i % 3 === 0 },
  }),
  campaign: { name: 'Spring' },
  unsubscribeUrl: `https://example.com/u/${i}?a=1&b=2`,
  postalAddress: '1 Main Street',
  at: 0,
}))

/** Calls a second over at least half a second, a thousand at a time. */
function rate(thousand: () => void): string {
  thousand()
  const start = performance.now()
  let rounds = 0
  while (performance.now() - start < 500) {
    thousand()
    rounds++
  }
  return Math.round((rounds * 1_000) / ((performance.now() - start) / 1_000)).toLocaleString('en')
}

for (const [name, content] of Object.entries(templates)) {
  const letter = compileLetter('email', content)
  console.log(
    `${name}: ${rate(() => {
      for (const scope of scopes) if (!letter.values(scope).ok) throw new Error(name)
    })} letters/s (${letter.letter.places} open places)`,
  )
}
const whole = htmlEngine.parse(templates['six plain outputs']!.html!)
console.log(
  `the first one's HTML by liquidjs alone: ${rate(() => {
    for (const scope of scopes) htmlEngine.renderSync(whole, scope)
  })} renders/s`,
)

const settings = settingsSchema.parse({})
const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham', 'Australia/Sydney']
let at = Date.UTC(2026, 4, 1)
console.log(
  `verdicts with quiet hours in five zones, every thousand at another minute: ${rate(() => {
    at += 60_000
    for (let i = 0; i < 1_000; i++)
      maySend(
        {
          at: new Date(at),
          customer: i,
          channel: 'sms',
          class: 'marketing',
          topic: null,
          address: '+46701234567',
          timezone: zones[i % zones.length]!,
          consents: [{ topic: '', status: 'subscribed', at: new Date(0) }],
        },
        settings,
      )
  })} a second`,
)
