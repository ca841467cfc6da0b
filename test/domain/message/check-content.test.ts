import { describe, expect, test } from 'vitest'
import { checkContent, contentSchema, type EmailContent } from '../../../domain/message/content.ts'
import type { MessageClass } from '../../../domain/message/kinds.ts'

const sender = { postalAddress: '1 Main Street, 12345 Springfield' }
const good = '<p>Hi</p><a href="{{ unsubscribeUrl }}">Leave</a><p>{{ postalAddress }}</p>'
const email = (
  content: Partial<EmailContent>,
  messageClass: MessageClass = 'marketing',
  from: { postalAddress?: string } = sender,
) =>
  checkContent('email', messageClass, { subject: 's', html: good, ...content }, from).map(({ path, code }) => `${path} ${code}`)

describe('a marketing e-mail', () => {
  test('with a way out and the sender’s address passes', () => expect(email({})).toEqual([]))

  test.each([
    ['no link', '<p>{{ postalAddress }}</p>', ['/html noUnsubscribeLink']],
    [
      'a link that is only spoken of',
      '<p>{{ postalAddress }} unsubscribeUrl {% comment %}{{ unsubscribeUrl }}{% endcomment %}</p>',
      ['/html noUnsubscribeLink'],
    ],
    ['a link that is only tested', '{% if unsubscribeUrl %}{{ postalAddress }}{% endif %}', ['/html noUnsubscribeLink']],
    [
      'a name of its own over the link',
      '{% assign unsubscribeUrl = "#" %}{{ unsubscribeUrl }}{{ postalAddress }}',
      ['/html noUnsubscribeLink'],
    ],
    ['no address', '<a href="{{ unsubscribeUrl }}">x</a>', ['/html noPostalAddress']],
    ['neither', '<p>Hi</p>', ['/html noUnsubscribeLink', '/html noPostalAddress']],
  ])('with %s is refused', (_, html, faults) => expect(email({ html })).toEqual(faults))

  test.each([
    '<a href="{{unsubscribeUrl}}">x</a>',
    '{% if customer.vip %}{{ unsubscribeUrl | escape }}{% endif %}',
    '{% echo unsubscribeUrl %}',
  ])('may print the link in any way: %s', link => expect(email({ html: `${link}{{ postalAddress }}` })).toEqual([]))

  test('may carry the address in so many words, however it is set', () => {
    expect(email({ html: '{{ unsubscribeUrl }}<p>1 Main&nbsp;Street<br>12345 <b>SPRINGFIELD</b></p>' })).toEqual([])
    expect(email({ html: '{{ unsubscribeUrl }}<p>2 Main Street<br>12345 Springfield</p>' })).toEqual(['/html noPostalAddress'])
  })

  test('cannot print an address that the settings do not hold', () =>
    expect(email({}, 'marketing', {})).toEqual(['/html noPostalAddress']))

  test('owes the same in a text of its own', () => {
    expect(email({ text: 'Hi' })).toEqual(['/text noUnsubscribeLink', '/text noPostalAddress'])
    expect(email({ text: 'Hi {{ unsubscribeUrl }}, 1 Main Street, 12345 Springfield' })).toEqual([])
  })

  test('does not owe it to its preheader that the letter has none', () =>
    expect(email({ preheader: '{{ postalAddress }} {{ unsubscribeUrl }}', html: '<p>Hi</p>' })).toEqual([
      '/html noUnsubscribeLink',
      '/html noPostalAddress',
    ]))
})

test('a transactional e-mail, an SMS and an in-app message owe none of it', () => {
  expect(email({ html: 'Your receipt' }, 'transactional', {})).toEqual([])
  expect(checkContent('sms', 'marketing', { body: 'Hi' }, {})).toEqual([])
  expect(checkContent('inApp', 'marketing', { title: 'Hi', body: 'x' }, {})).toEqual([])
})

test('a name that nothing fills is found, and where', () => {
  expect(checkContent('sms', 'marketing', { body: 'Hi\n{{ firstName }} {{ nick | default: "x" }}' }, {})).toMatchObject([
    {
      path: '/body',
      code: 'unknownVariable',
      message: 'nothing fills {{ firstName }} (line 2, column 4)',
      hint: expect.stringContaining('{{ customer.firstName }}'),
    },
  ])
})

test.each([
  ['{% for i in (1..100000000) %}{{ i }}{% endfor %}', 'templateLimit'],
  ['{% for a in (1..999) %}{% for b in (1..999) %}{% endfor %}{% endfor %}', 'templateLimit'],
  ['{{ customer.name | shout }}', 'templateSyntax'],
  ['{% if customer.name %}', 'templateSyntax'],
  ['{% include "header" %}', 'templateSyntax'],
  ['{% continue %}', 'templateSyntax'],
])('%s is refused when it is saved', (body, code) => {
  expect(checkContent('sms', 'marketing', { body }, {})).toEqual([expect.objectContaining({ path: '/body', code })])
})

test('a content needs what its channel cannot do without', () => {
  expect(contentSchema('email').safeParse({ subject: 's' }).error?.issues).toMatchObject([{ path: ['html'] }])
  expect(contentSchema('email').safeParse({ subject: 's', mjml: '<mjml/>' }).success).toBe(true)
  expect(contentSchema('sms').safeParse({ body: '' }).success).toBe(false)
  expect(contentSchema('inApp').safeParse({ title: 't', body: 'b', action: { url: 'u', label: 'l' } }).success).toBe(true)
  expect(contentSchema('inApp').safeParse({ title: 't', body: 'b', colour: 'red' }).success).toBe(false)
})
