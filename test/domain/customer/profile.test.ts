import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emailAddress } from '../../../domain/customer/email.ts'
import { phoneNumber } from '../../../domain/customer/phone.ts'
import { mergePatches, type ProfilePatch, patchOf } from '../../../domain/customer/profile.ts'

describe('an e-mail address', () => {
  test.each([
    ['  Ann.Lee@Example.COM ', 'Ann.Lee@example.com'],
    ['o’hara+tag@mail.example.co.uk', 'o’hara+tag@mail.example.co.uk'],
    ['jürgen@bücher.example', 'jürgen@bücher.example'],
  ])('%s is kept as %s', (given, kept) => expect(emailAddress(given)).toBe(kept))

  test.each([
    '',
    'ann',
    'ann@',
    '@example.com',
    'a b@example.com',
    'a@b@example.com',
    'ann@localhost',
    'ann@.com',
    'ann@-a.com',
    '.a@b.com',
    'a..b@c.com',
    `${'a'.repeat(65)}@b.com`,
    'a\n@b.com',
  ])('%j is none', given => expect(emailAddress(given)).toBeUndefined())
})

describe('a phone number', () => {
  test.each([
    ['+49 170 1234567', 'US', '+491701234567'],
    ['0170 1234567', 'DE', '+491701234567'],
    ['(212) 555-0123', 'US', '+12125550123'],
    ['+15551234567', 'DE', '+15551234567'],
    ['0043 660 1234567', 'DE', '+436601234567'],
  ])('%s in %s is %s', (given, region, kept) => expect(phoneNumber(given, region)).toBe(kept))

  test.each(['', '12', 'call me', '+1', '+999999999999999999', 'tel', '1'.repeat(200)])('%j is none', given =>
    expect(phoneNumber(given, 'US')).toBeUndefined(),
  )
})

describe('traits', () => {
  const traits = (given: Record<string, unknown>) => patchOf(given, 'US')

  test('fill the fields of the profile; all others are attributes', () => {
    const { patch, faults } = traits({
      email: 'A@B.example',
      firstName: ' Ann ',
      locale: 'de_at',
      timezone: 'europe/berlin',
      plan: 'pro',
      tags: ['x'],
    })
    expect(faults).toEqual([])
    expect(patch.fields).toEqual({ email: 'A@b.example', firstName: 'Ann', locale: 'de-AT', timezone: 'Europe/Berlin' })
    expect(patch.set).toEqual({ plan: 'pro', tags: ['x'] })
  })

  test('empty a field or take an attribute away with null', () => {
    const { patch } = traits({ email: null, lastName: '', plan: null })
    expect(patch.fields).toEqual({ email: null, lastName: null })
    expect(patch.remove).toContain('plan')
  })

  test('that cannot be read empty the field, and their raw value stays as an attribute', () => {
    const { patch, faults } = traits({
      email: 'nobody',
      phone: 'x',
      timezone: 'Mars/Olympus',
      createdAt: 'yesterday',
      locale: '!',
    })
    expect(Object.values(patch.fields)).toEqual([null, null, null, null, null])
    expect(patch.set).toEqual({ email: 'nobody', phone: 'x', timezone: 'Mars/Olympus', createdAt: 'yesterday', locale: '!' })
    expect(faults.map(fault => fault.field)).toEqual(['email', 'phone', 'timezone', 'createdAt', 'locale'])
  })

  test('hold no consents as an attribute', () => expect(traits({ consents: { sms: 'subscribed' } }).patch.set).toEqual({}))

  test('an offset is no time zone', () => expect(traits({ timezone: '+01:00' }).patch.fields.timezone).toBeNull())
})

test('two patches merged do what one after the other does', () => {
  interface State {
    fields: Record<string, unknown>
    attributes: Record<string, unknown>
  }
  const apply = (state: State, patch: ProfilePatch): State => {
    const attributes = Object.fromEntries(Object.entries(state.attributes).filter(([key]) => !patch.remove.includes(key)))
    return { fields: { ...state.fields, ...patch.fields }, attributes: { ...attributes, ...patch.set } }
  }
  const key = fc.constantFrom('email', 'plan', 'score', 'city')
  const given = fc.dictionary(key, fc.oneof(fc.constant(null), fc.constant('bad'), fc.constant('a@b.example'), fc.integer()))
  fc.assert(
    fc.property(given, given, given, (first, second, before) => {
      const [a, b] = [patchOf(first, 'US').patch, patchOf(second, 'US').patch]
      const start: State = { fields: {}, attributes: before }
      expect(apply(start, mergePatches(a, b))).toEqual(apply(apply(start, a), b))
    }),
  )
})
