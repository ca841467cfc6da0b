import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig, readConnectedConfig, temporalConnection } from '../../domain/config.ts'
import { variableNames } from '../../domain/variables.ts'

const complaint = (env: Record<string, string>): string => {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

describe('an empty environment', () => {
  test('is a whole configuration: embedded servers, sandbox channels', () => {
    const config = readConfig({})
    expect(config).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:3000',
      dataDir: '.data',
      sweepEveryMs: 60_000,
      demo: false,
    })
    expect([config.databaseUrl, config.temporal.address, config.sendgrid, config.twilio]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  test('does not do for a role that runs alone: both servers are named as missing', () => {
    expect(() => readConnectedConfig({})).toThrow(/^DATABASE_URL is missing: .*set it to .*\nTEMPORAL_ADDRESS is missing: /)
  })
})

test('a blank value counts as unset, as compose files hand it over', () => {
  const blank = Object.fromEntries(variableNames.map(name => [name, ' ']))
  expect(readConfig(blank)).toEqual(readConfig({}))
})

test.each([
  ['PORT', '80000', /^PORT is wrong: "80000" is not a port number/],
  ['PORT', '30OO', /^PORT is wrong/],
  ['PUBLIC_URL', 'shop.example', /^PUBLIC_URL is wrong: "shop.example" is not the http\(s\) address/],
  ['DATABASE_URL', 'mysql://u:geheim@h/d', /^DATABASE_URL is wrong: its value is not an address like postgresql:/],
  ['TEMPORAL_ADDRESS', 'http://temporal:7233', /^TEMPORAL_ADDRESS is wrong/],
  ['SWEEP_EVERY', 'soon', /^SWEEP_EVERY is wrong: "soon" is not a duration/],
  ['SWEEP_EVERY', '0s', /^SWEEP_EVERY is wrong/],
  ['DEFAULT_TIMEZONE', 'Mars/Olympus', /^DEFAULT_TIMEZONE is wrong: "Mars\/Olympus" is not an IANA time zone/],
  ['DEFAULT_REGION', 'Germany', /^DEFAULT_REGION is wrong/],
  ['DEMO', 'yes', /^DEMO is wrong: "yes" is not 1 for/],
  ['LOG_LEVEL', 'loud', /^LOG_LEVEL is wrong/],
  ['SECRET_KEY', 'geheim', /^SECRET_KEY is wrong: its value is not at least 32 characters/],
  ['SENDGRID_API_KEY', 'SG.geheim', /^SENDGRID_FROM is missing: e-mail through SendGrid needs a sender; set it to/],
  ['TWILIO_ACCOUNT_SID', 'AC1', /^TWILIO_AUTH_TOKEN is missing/],
  ['TEMPORAL_TLS_CERT', '/cert.pem', /^TEMPORAL_TLS_KEY is missing: certificate and key belong together/],
])('%s=%s stops the start with one line that says what to do, and no secret', (name, value, expected) => {
  const line = complaint({ [name]: value })
  expect(line).toMatch(expected)
  expect(line).not.toMatch(/\n|geheim/)
})

test('SMS through Twilio needs a sender of one kind or the other', () => {
  const account = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 't' }
  expect(complaint(account)).toMatch(/^TWILIO_FROM is missing/)
  expect(readConfig({ ...account, TWILIO_MESSAGING_SERVICE_SID: 'MG1' }).twilio).toMatchObject({
    messagingServiceSid: 'MG1',
    baseUrl: 'https://api.twilio.com',
  })
})

test('the public address defaults to one a browser on this machine can open', () => {
  expect(readConfig({ HOST: '0.0.0.0', PORT: '8080' }).publicUrl).toBe('http://localhost:8080')
  expect(readConfig({ HOST: '::1' }).publicUrl).toBe('http://[::1]:3000')
  expect(readConfig({ PUBLIC_URL: 'https://mail.shop.example/' }).publicUrl).toBe('https://mail.shop.example')
})

test('a connection to Temporal carries the certificate, or the API key over TLS', () => {
  const servers = { DATABASE_URL: 'postgresql://h/d', TEMPORAL_ADDRESS: 't:7233' }
  const connection = (env: Record<string, string>) =>
    temporalConnection(readConnectedConfig({ ...servers, ...env }).temporal, path => `<${path}>`)
  expect(connection({})).toEqual({ address: 't:7233' })
  expect(connection({ TEMPORAL_API_KEY: 'k' })).toEqual({ address: 't:7233', tls: true, apiKey: 'k' })
  expect(connection({ TEMPORAL_TLS_CERT: 'c', TEMPORAL_TLS_KEY: 'k' })).toEqual({
    address: 't:7233',
    tls: { clientCertPair: { crt: '<c>', key: '<k>' } },
  })
})

test('what an error code of Twilio means may be said otherwise, and only in words there are', () => {
  const account = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'token', TWILIO_FROM: '+15005550006' }
  expect(readConfig({ ...account, TWILIO_ERRORS: '30003=later:10m' }).twilio?.errors).toEqual({
    30003: { means: 'later', afterMs: 600_000, why: 'as TWILIO_ERRORS says' },
  })
  expect(readConfig(account).twilio?.errors).toBeUndefined()
  expect(complaint({ ...account, TWILIO_ERRORS: '30003=soon' })).toMatch(/TWILIO_ERRORS/)
})
