import { describe, expect, test } from 'vitest'
import { checkSettings, defaultSettings, settingsSchema } from '../../domain/settings.ts'

test('a new installation has the defaults of the contract', () => {
  expect(settingsSchema.parse({})).toEqual({
    caps: [],
    quietHours: { sms: { from: '20:00', until: '09:00' }, email: null, inApp: null },
    consent: { email: 'implied', sms: 'explicit', inApp: 'implied' },
    unsubscribeScope: 'channel',
    topics: [],
    globalHoldout: 0,
    prices: { email: 0, sms: 0, inApp: 0 },
    trackOpens: true,
    trackClicks: true,
    currencies: { reporting: 'EUR', rates: {} },
    eventRetention: null,
    postalAddress: '',
    defaultTimezone: 'UTC',
    defaultRegion: 'US',
  })
})

test('the environment names the address, the zone and the region', () => {
  expect(
    defaultSettings({ postalAddress: '1 Main Street', defaultTimezone: 'Europe/Berlin', defaultRegion: 'DE' }),
  ).toMatchObject({
    postalAddress: '1 Main Street',
    defaultTimezone: 'Europe/Berlin',
    defaultRegion: 'DE',
  })
  expect(defaultSettings({ postalAddress: undefined })).toEqual(settingsSchema.parse({}))
})

test('a part that is given leaves the others at their defaults', () => {
  const { quietHours, consent } = settingsSchema.parse({
    quietHours: { email: { from: '22:00', until: '06:00' } },
    consent: { email: 'explicit' },
  })
  expect(quietHours).toEqual({ sms: { from: '20:00', until: '09:00' }, email: { from: '22:00', until: '06:00' }, inApp: null })
  expect(consent).toEqual({ email: 'explicit', sms: 'explicit', inApp: 'implied' })
  expect(settingsSchema.parse({ quietHours: { sms: null } }).quietHours.sms).toBeNull()
})

describe('is not of the form', () => {
  test.each([
    [{ caps: [{ channel: 'fax', max: 1, per: '1d' }] }, 'caps'],
    [{ caps: [{ channel: 'all', max: 1.5, per: '1d' }] }, 'caps'],
    [{ caps: [{ channel: 'all', max: 1, per: 'a day' }] }, 'caps'],
    [{ quietHours: { sms: { from: '24:00', until: '09:00' } } }, 'quietHours'],
    [{ quietHours: { sms: { from: '9:00', until: '10:00' } } }, 'quietHours'],
    [{ consent: { sms: 'assumed' } }, 'consent'],
    [{ globalHoldout: 0.6 }, 'globalHoldout'],
    [{ currencies: { reporting: 'euro' } }, 'currencies'],
    [{ colour: 'red' }, undefined],
  ])('%j', (given, where) => {
    expect(settingsSchema.safeParse(given).error?.issues[0]?.path[0]).toBe(where)
  })
})

describe('is of the form and cannot mean anything', () => {
  test.each([
    [{ defaultTimezone: 'Mars/Olympus' }, '/defaultTimezone unknownTimezone'],
    [{ defaultRegion: 'XX' }, '/defaultRegion unknownRegion'],
    [{ currencies: { reporting: 'QQQ' } }, '/currencies unknownCurrency'],
    [{ currencies: { rates: { QQQ: 1 } } }, '/currencies unknownCurrency'],
    [{ quietHours: { sms: { from: '09:00', until: '09:00' } } }, '/quietHours/sms emptyRange'],
    [
      {
        topics: [
          { key: 'a', name: 'A' },
          { key: 'a', name: 'B' },
        ],
      },
      '/topics/1/key duplicate',
    ],
  ])('%j', (given, fault) => {
    expect(checkSettings(settingsSchema.parse(given)).map(({ path, code }) => `${path} ${code}`)).toEqual([fault])
  })
  test('while the defaults do', () => expect(checkSettings(settingsSchema.parse({}))).toEqual([]))
})
