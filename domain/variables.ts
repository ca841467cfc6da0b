import { z } from 'zod'
import { readSmsErrors } from './message/sms-errors.ts'
import { durationSchema, isTimeZone, milliseconds } from './time.ts'

const text = z.string().max(2_000)
const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine(value => value <= 65_535)
const flag = z.enum(['0', '1']).transform(value => value === '1')
const url = (protocols: RegExp) => z.string().refine(value => URL.canParse(value) && protocols.test(new URL(value).protocol))
const web = url(/^https?:$/).transform(value => value.replace(/\/+$/, ''))

/** One variable: its schema, its value when unset, what a right value looks like, and whether its value may be shown. */
export interface Variable {
  schema: z.ZodType
  expects: string
  fallback?: string
  secret?: true
}

/** Every variable of the environment there is. docs/operating.md lists the same; a test holds docker-compose.yml to it. */
export const variables = {
  PORT: { schema: port, fallback: '3000', expects: 'a port number from 0 to 65535' },
  HOST: {
    schema: z.string().regex(/^[\w.:-]+$/),
    fallback: '127.0.0.1',
    expects: 'an address to listen on, for example 0.0.0.0',
  },
  PUBLIC_URL: { schema: web, expects: 'the http(s) address under which customers reach this server' },
  DATA_DIR: { schema: text, fallback: '.data', expects: 'a folder that may be written to' },
  LOG_LEVEL: {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    fallback: 'info',
    expects: 'fatal, error, warn, info, debug, trace or silent',
  },
  DEMO: { schema: flag, fallback: '0', expects: '1 for sample data on first start, 0 for an empty one' },
  API_KEY: {
    schema: z.string().regex(/^[\x21-\x7e]+$/),
    secret: true,
    expects: 'a key of visible ASCII characters without spaces',
  },
  SECRET_KEY: {
    schema: z.string().min(32),
    secret: true,
    expects: 'at least 32 characters, for example the output of: openssl rand -hex 32',
  },
  DATABASE_URL: {
    schema: url(/^postgres(ql)?:$/),
    secret: true,
    expects: 'an address like postgresql://user:password@host:5432/database',
  },
  POSTGRES_BIN: { schema: text, expects: 'the folder of the programs of a PostgreSQL 18, for npm start' },
  TEMPORAL_ADDRESS: {
    schema: z.string().regex(/^[^\s:/]+:\d{1,5}$/),
    expects: 'host:port of a Temporal frontend, for example localhost:7233',
  },
  TEMPORAL_NAMESPACE: { schema: z.string().regex(/^[\w.-]+$/), fallback: 'default', expects: 'the name of a Temporal namespace' },
  TEMPORAL_TASK_QUEUE: {
    schema: z.string().regex(/^[\w.-]+$/),
    fallback: 'perennial',
    expects: 'a name of letters, digits, dots and dashes',
  },
  TEMPORAL_TLS_CERT: { schema: z.string(), expects: 'the path of the client certificate (PEM), or its text' },
  TEMPORAL_TLS_KEY: { schema: z.string(), secret: true, expects: "the path of the client certificate's key (PEM), or its text" },
  TEMPORAL_API_KEY: { schema: text, secret: true, expects: 'an API key of Temporal Cloud' },
  SWEEP_EVERY: {
    schema: durationSchema.refine(value => milliseconds(value) >= 1_000),
    fallback: '60s',
    expects: 'a duration of at least a second, for example 60s',
  },
  UNCERTAIN_FOR: {
    schema: durationSchema.refine(value => milliseconds(value) >= 5_000),
    fallback: '15m',
    expects: 'a duration of at least five seconds: how long a send without a clear answer waits for evidence, for example 15m',
  },
  WEBHOOK_ALLOW_PRIVATE: {
    schema: flag,
    fallback: '0',
    expects: '1 to let journeys call servers of private networks, 0 for the public internet alone',
  },
  SENDGRID_API_KEY: { schema: text, secret: true, expects: 'an API key of SendGrid' },
  SENDGRID_BASE_URL: { schema: web, fallback: 'https://api.sendgrid.com', expects: 'an http(s) address' },
  SENDGRID_SANDBOX: {
    schema: flag,
    fallback: '0',
    expects: '1 to let SendGrid check every message and deliver none, 0 to deliver',
  },
  SENDGRID_ACTIVITY: {
    schema: flag,
    fallback: '0',
    expects: "1 when the account has SendGrid's additional email activity history, which reconciliation then asks",
  },
  SENDGRID_WEBHOOK_PUBLIC_KEY: { schema: text, expects: "the verification key of SendGrid's signed event webhook" },
  SENDGRID_FROM: {
    schema: z.string().regex(/^[^@]*[^@\s]+@[^@\s]+$/),
    expects: 'a sender that SendGrid has verified, for example "Shop <hello@shop.example>"',
  },
  TWILIO_ACCOUNT_SID: { schema: text, expects: 'the account SID, which begins with AC' },
  TWILIO_AUTH_TOKEN: { schema: text, secret: true, expects: 'the auth token of the account' },
  TWILIO_FROM: { schema: text, expects: 'a number in the form +15551234567, or a sender name' },
  TWILIO_MESSAGING_SERVICE_SID: { schema: text, expects: 'the SID of a messaging service, which begins with MG' },
  TWILIO_ERRORS: {
    schema: z
      .string()
      .max(5_000)
      .refine(value => readSmsErrors(value) !== undefined)
      .transform(value => readSmsErrors(value) ?? {}),
    expects: 'error codes with refused, stop, bounce or later:<duration>, for example 30003=later:10m,21408=refused',
  },
  TWILIO_BASE_URL: { schema: web, fallback: 'https://api.twilio.com', expects: 'an http(s) address' },
  STRIPE_WEBHOOK_SECRET: {
    schema: text,
    secret: true,
    expects: "the signing secret of Stripe's webhook endpoint, which begins with whsec_",
  },
  POSTAL_ADDRESS: { schema: text, expects: 'the postal address that marketing e-mails carry' },
  DEFAULT_TIMEZONE: {
    schema: z.string().refine(isTimeZone),
    fallback: 'UTC',
    expects: 'an IANA time zone, for example Europe/Berlin',
  },
  DEFAULT_REGION: {
    schema: z.string().regex(/^[A-Z]{2}$/),
    fallback: 'US',
    expects: 'a country in two capital letters, for example DE',
  },
} satisfies Record<string, Variable>

export type VariableName = keyof typeof variables
export const variableNames = Object.keys(variables) as VariableName[]
