import { z } from 'zod'
import { durationSchema, isTimeZone, milliseconds } from './time.ts'

/** What the environment holds, as any process hands it over. */
export type Environment = Readonly<Record<string, string | undefined>>

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
interface Variable {
  schema: z.ZodType
  expects: string
  fallback?: string
  secret?: true
}

/** Every variable of the environment there is. docs/operators.md lists the same; a test holds docker-compose.yml to it. */
const variables = {
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
  SENDGRID_API_KEY: { schema: text, secret: true, expects: 'an API key of SendGrid' },
  SENDGRID_BASE_URL: { schema: web, fallback: 'https://api.sendgrid.com', expects: 'an http(s) address' },
  SENDGRID_WEBHOOK_PUBLIC_KEY: { schema: text, expects: "the verification key of SendGrid's signed event webhook" },
  SENDGRID_FROM: {
    schema: z.string().regex(/^[^@]*[^@\s]+@[^@\s]+$/),
    expects: 'a sender that SendGrid has verified, for example "Shop <hello@shop.example>"',
  },
  TWILIO_ACCOUNT_SID: { schema: text, expects: 'the account SID, which begins with AC' },
  TWILIO_AUTH_TOKEN: { schema: text, secret: true, expects: 'the auth token of the account' },
  TWILIO_FROM: { schema: text, expects: 'a number in the form +15551234567, or a sender name' },
  TWILIO_MESSAGING_SERVICE_SID: { schema: text, expects: 'the SID of a messaging service, which begins with MG' },
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

/** The project's whole configuration, read once at the start of a process. Durations are in milliseconds. */
export interface Config {
  port: number
  host: string
  /** Without a slash at the end. */
  publicUrl: string
  dataDir: string
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  demo: boolean
  apiKey: string | undefined
  secretKey: string | undefined
  databaseUrl: string | undefined
  temporal: {
    address: string | undefined
    namespace: string
    taskQueue: string
    tls: { cert: string; key: string } | undefined
    apiKey: string | undefined
  }
  sweepEveryMs: number
  /** Undefined: the channel is `sandbox`. */
  sendgrid: { apiKey: string; baseUrl: string; from: string } | undefined
  sendgridWebhookPublicKey: string | undefined
  /** Undefined: the channel is `sandbox`. */
  twilio:
    | {
        accountSid: string
        authToken: string
        baseUrl: string
        from: string | undefined
        messagingServiceSid: string | undefined
      }
    | undefined
  stripeWebhookSecret: string | undefined
  postalAddress: string | undefined
  defaultTimezone: string
  defaultRegion: string
}

/** A configuration in which both servers are named: what a role that runs alone needs. */
export interface ConnectedConfig extends Config {
  databaseUrl: string
  temporal: Config['temporal'] & { address: string }
}

/** What is wrong with the environment: one line a variable, fit to be printed; no secret is in it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads the environment, every variable through its schema. A blank value counts as unset.
 * Throws a ConfigError with one line for each variable that is wrong or missing: which, why, and what to do.
 */
export function readConfig(env: Environment): Config {
  const faults: string[] = []
  const read = <Name extends VariableName>(name: Name): z.output<(typeof variables)[Name]['schema']> | undefined => {
    const variable: Variable = variables[name]
    const given = env[name]?.trim() || variable.fallback
    if (given === undefined) return undefined
    const parsed = variable.schema.safeParse(given)
    if (!parsed.success) {
      const shown = variable.secret ? 'its value' : JSON.stringify(given.slice(0, 80))
      faults.push(`${name} is wrong: ${shown} is not ${variable.expects}`)
    }
    return parsed.data as z.output<(typeof variables)[Name]['schema']> | undefined
  }
  /** A group of variables that mean something only together: missing ones are faults as soon as one is there. */
  const together = (names: readonly VariableName[], why: string) => {
    const missing = names.filter(name => !env[name]?.trim())
    if (missing.length === names.length) return false
    for (const name of missing) faults.push(`${name} is missing: ${why}; set it to ${variables[name].expects}`)
    return missing.length === 0
  }
  const all = Object.fromEntries(variableNames.map(name => [name, read(name)])) as {
    [Name in VariableName]: ReturnType<typeof read<Name>>
  }

  const tls = together(['TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'], 'certificate and key belong together')
  const sendgrid =
    all.SENDGRID_API_KEY !== undefined &&
    together(['SENDGRID_API_KEY', 'SENDGRID_FROM'], 'e-mail through SendGrid needs a sender')
  const twilio = together(['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'], 'SMS through Twilio needs both')
  if (twilio && !all.TWILIO_FROM && !all.TWILIO_MESSAGING_SERVICE_SID)
    faults.push(
      `TWILIO_FROM is missing: SMS need a sender; set it to ${variables.TWILIO_FROM.expects}, or set TWILIO_MESSAGING_SERVICE_SID`,
    )
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))

  return {
    port: all.PORT!,
    host: all.HOST!,
    publicUrl: all.PUBLIC_URL ?? localUrl(all.HOST!, all.PORT!),
    dataDir: all.DATA_DIR!,
    logLevel: all.LOG_LEVEL!,
    demo: all.DEMO!,
    apiKey: all.API_KEY,
    secretKey: all.SECRET_KEY,
    databaseUrl: all.DATABASE_URL,
    temporal: {
      address: all.TEMPORAL_ADDRESS,
      namespace: all.TEMPORAL_NAMESPACE!,
      taskQueue: all.TEMPORAL_TASK_QUEUE!,
      tls: tls ? { cert: all.TEMPORAL_TLS_CERT!, key: all.TEMPORAL_TLS_KEY! } : undefined,
      apiKey: all.TEMPORAL_API_KEY,
    },
    sweepEveryMs: milliseconds(all.SWEEP_EVERY!),
    sendgrid: sendgrid ? { apiKey: all.SENDGRID_API_KEY!, baseUrl: all.SENDGRID_BASE_URL!, from: all.SENDGRID_FROM! } : undefined,
    sendgridWebhookPublicKey: all.SENDGRID_WEBHOOK_PUBLIC_KEY,
    twilio: twilio
      ? {
          accountSid: all.TWILIO_ACCOUNT_SID!,
          authToken: all.TWILIO_AUTH_TOKEN!,
          baseUrl: all.TWILIO_BASE_URL!,
          from: all.TWILIO_FROM,
          messagingServiceSid: all.TWILIO_MESSAGING_SERVICE_SID,
        }
      : undefined,
    stripeWebhookSecret: all.STRIPE_WEBHOOK_SECRET,
    postalAddress: all.POSTAL_ADDRESS,
    defaultTimezone: all.DEFAULT_TIMEZONE!,
    defaultRegion: all.DEFAULT_REGION!,
  }
}

/** The address under which this machine reaches a server that listens there. */
export function localUrl(host: string, port: number): string {
  return `http://${/^(0\.0\.0\.0|::)$/.test(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}

/** As readConfig, for a role that runs alone: there is nobody to start a database or Temporal for it, so both must be named. */
export function readConnectedConfig(env: Environment): ConnectedConfig {
  const config = readConfig(env)
  const { databaseUrl, temporal } = config
  const missing: VariableName[] = [
    ...(databaseUrl ? [] : ['DATABASE_URL' as const]),
    ...(temporal.address ? [] : ['TEMPORAL_ADDRESS' as const]),
  ]
  if (!databaseUrl || !temporal.address)
    throw new ConfigError(
      missing
        .map(
          name =>
            `${name} is missing: a role that runs alone needs it; set it to ${variables[name].expects}, or use npm start, which brings its own`,
        )
        .join('\n'),
    )
  return { ...config, databaseUrl, temporal: { ...temporal, address: temporal.address } }
}

/** What the Temporal SDK's connections take; `pem` turns a path or text into bytes (prisma/process.ts has one). */
export function temporalConnection<Bytes>(temporal: ConnectedConfig['temporal'], pem: (pathOrText: string) => Bytes) {
  const { address, tls, apiKey } = temporal
  return {
    address,
    ...(tls ? { tls: { clientCertPair: { crt: pem(tls.cert), key: pem(tls.key) } } } : apiKey ? { tls: true as const } : {}),
    ...(apiKey ? { apiKey } : {}),
  }
}
