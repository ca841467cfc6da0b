import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

export interface SpecFault {
  /** Dotted, as SendGrid names fields: `personalizations.3.to.0.email`. */
  field: string
  message: string
}
export type Validate = (value: unknown) => SpecFault[]

const path = (file: string) => fileURLToPath(new URL(`../../../shared/spec/${file}`, import.meta.url))

/** Whether the providers' published request schemas lie beside this checkout; tests that need them say so when not. */
export const specsAtHand =
  existsSync(path('sendgrid-mail-send.schema.json')) && existsSync(path('twilio-create-message.schema.json'))
export const specsMissing =
  'the providers’ request schemas are not beside this checkout (../shared/spec): validated by the documented limits only'

interface Schema {
  required?: string[]
  properties?: Record<string, Schema & { type?: string }>
  [key: string]: unknown
}

function compile(schema: Schema, coerceTypes: boolean): Validate {
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: coerceTypes ? 'array' : false })
  // @ts-expect-error the package's default export is the function itself
  addFormats(ajv)
  ajv.addFormat('phone-number', /^(\+[1-9]\d{1,14}|[A-Za-z0-9 ]{3,14}|\d{3,8})$/)
  const validate: ValidateFunction = ajv.compile(schema)
  return value =>
    validate(value)
      ? []
      : (validate.errors ?? []).map(error => ({
          field: [
            ...error.instancePath.slice(1).split('/').filter(Boolean),
            ...(error.params.missingProperty ? [error.params.missingProperty] : []),
          ].join('.'),
          message: error.params.format === 'email' ? 'Does not contain a valid address.' : (error.message ?? 'invalid'),
        }))
}

const load = (file: string) => JSON.parse(readFileSync(path(file), 'utf8')) as { schema?: Schema; request?: Schema }

/** SendGrid's own schema with the two corrections its file names; undefined when it is not at hand. */
export function sendGridSpec(): Validate | undefined {
  if (!specsAtHand) return undefined
  const { schema } = load('sendgrid-mail-send.schema.json')
  const properties = { ...schema!.properties!, custom_args: { type: 'object' } }
  return compile(
    { ...schema!, properties, required: ['personalizations', 'from', 'subject', 'content'], additionalProperties: false },
    false,
  )
}

/** Twilio's own schema of the form that creates a message; undefined when it is not at hand. */
export function twilioSpec(): Validate | undefined {
  if (!specsAtHand) return undefined
  const { request } = load('twilio-create-message.schema.json')
  return compile({ ...request!, additionalProperties: false }, true)
}
