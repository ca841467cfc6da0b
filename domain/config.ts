import type { z } from 'zod'
import type { SmsError } from './message/sms-errors.ts'
import { milliseconds } from './time.ts'
import { type Variable, type VariableName, variableNames, variables } from './variables.ts'

/** What the environment holds, as any process hands it over. */
export type Environment = Readonly<Record<string, string | undefined>>

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
  /** How long a send without a clear answer waits for evidence. */
  uncertainForMs: number
  /** Whether the webhook step may call servers of private networks. */
  allowPrivateWebhooks: boolean
  /** Undefined: the channel is `sandbox`. */
  sendgrid: { apiKey: string; baseUrl: string; from: string; sandboxMode: boolean; activity: boolean } | undefined
  sendgridWebhookPublicKey: string | undefined
  /** Undefined: the channel is `sandbox`. */
  twilio:
    | {
        accountSid: string
        authToken: string
        baseUrl: string
        from: string | undefined
        messagingServiceSid: string | undefined
        errors: Readonly<Record<number, SmsError>> | undefined
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
    uncertainForMs: milliseconds(all.UNCERTAIN_FOR!),
    allowPrivateWebhooks: all.WEBHOOK_ALLOW_PRIVATE!,
    sendgrid: sendgrid
      ? {
          apiKey: all.SENDGRID_API_KEY!,
          baseUrl: all.SENDGRID_BASE_URL!,
          from: all.SENDGRID_FROM!,
          sandboxMode: all.SENDGRID_SANDBOX!,
          activity: all.SENDGRID_ACTIVITY!,
        }
      : undefined,
    sendgridWebhookPublicKey: all.SENDGRID_WEBHOOK_PUBLIC_KEY,
    twilio: twilio
      ? {
          accountSid: all.TWILIO_ACCOUNT_SID!,
          authToken: all.TWILIO_AUTH_TOKEN!,
          baseUrl: all.TWILIO_BASE_URL!,
          from: all.TWILIO_FROM,
          messagingServiceSid: all.TWILIO_MESSAGING_SERVICE_SID,
          errors: all.TWILIO_ERRORS,
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
