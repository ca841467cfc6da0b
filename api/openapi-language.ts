import { z } from 'zod'
import { triggerKinds } from '../domain/campaign/triggers/index.ts'
import { journeySchema, stepKinds } from '../domain/journey/steps/index.ts'
import { emailContentSchema, inAppContentSchema, smsContentSchema } from '../domain/message/content.ts'
import { limits } from '../domain/segment/limits.ts'
import { predicates } from '../domain/segment/predicates/index.ts'

export type Json = Record<string, unknown>

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

/** A zod schema as JSON Schema; what is registered under a name stands as a reference to the component of that name. */
function json(schema: z.ZodType): Json {
  const {
    $schema: _,
    $defs,
    ...rest
  } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json & { $defs?: Record<string, Json> }
  // A schema with a name of its own comes as a reference to itself.
  const named = typeof rest.$ref === 'string' ? $defs?.[rest.$ref.slice('#/$defs/'.length)] : undefined
  return JSON.parse(JSON.stringify(named ?? rest).replaceAll('#/$defs/', '#/components/schemas/')) as Json
}

/** One of several kinds that a field tells apart; each is a component of its own. */
function union(kinds: Record<string, string>, description: string): Json {
  const mapping = Object.fromEntries(Object.entries(kinds).map(([kind, name]) => [kind, `#/components/schemas/${name}`]))
  return { description, oneOf: Object.values(kinds).map(ref), discriminator: { propertyName: 'kind', mapping } }
}

/**
 * The campaign language as components: steps, triggers and rules, whose schemas read a document by its own kind and so say
 * nothing about it to a generator. Made from the very schemas that read them.
 */
export function languageSchemas(): Record<string, Json> {
  return { ...stepSchemas(), ...triggerSchemas(), ...ruleSchemas() }
}

const contents = { email: emailContentSchema, sms: smsContentSchema, inApp: inAppContentSchema }
const contentNames = { email: 'EmailContent', sms: 'SmsContent', inApp: 'InAppContent' } as const

function stepSchemas(): Record<string, Json> {
  const components: Record<string, Json> = {}
  const names: Record<string, string> = {}
  for (const kind of Object.values(stepKinds)) {
    const name = `${capital(kind.kind)}Step`
    names[kind.kind] = name
    const schema = json(kind.schema(journeySchema))
    components[name] = { title: name, ...schema }
  }
  for (const [channel, name] of Object.entries(contentNames)) components[name] = json(contents[channel as keyof typeof contents])
  for (const name of ['MessageStep', 'SurveyStep'])
    Object.assign(components, byChannel(name, components[name] ?? {}, name === 'MessageStep'))
  const wait = components.WaitStep
  if (wait) wait.oneOf = [{ required: ['for'] }, { required: ['until'] }]
  components.Step = union(names, 'One step of a journey; after it the customer goes on with the next.')
  return components
}

/** A step that carries a content: one variant of it for each channel. */
function byChannel(name: string, schema: Json, byVariant: boolean): Record<string, Json> {
  const channels = Object.keys(contentNames) as (keyof typeof contentNames)[]
  const own = (channel: keyof typeof contentNames) => `${capital(channel)}${name}`
  const made = channels.map(channel => {
    const content = ref(contentNames[channel])
    const each = { description: 'By variant of the experiment', type: 'object', minProperties: 1, additionalProperties: content }
    const properties = {
      ...(schema.properties as Json),
      channel: { type: 'string', const: channel },
      content: byVariant ? { anyOf: [content, each] } : content,
    }
    return [own(channel), { ...schema, title: own(channel), properties }]
  })
  const mapping = Object.fromEntries(channels.map(channel => [channel, `#/components/schemas/${own(channel)}`]))
  return {
    ...Object.fromEntries(made),
    [name]: {
      title: name,
      oneOf: channels.map(channel => ref(own(channel))),
      discriminator: { propertyName: 'channel', mapping },
    },
  }
}

function triggerSchemas(): Record<string, Json> {
  const components: Record<string, Json> = {}
  const names: Record<string, string> = {}
  for (const kind of Object.values(triggerKinds)) {
    const name = `${capital(kind.kind)}Trigger`
    names[kind.kind] = name
    components[name] = { title: name, ...json(kind.schema) }
  }
  components.Trigger = union(names, 'What brings customers into a campaign.')
  return components
}

const joiners: Record<string, Json> = {
  AllRule: alone('all', { type: 'array', items: ref('Rule'), description: 'Each of them holds; none at all means everybody' }),
  AnyRule: alone('any', { type: 'array', items: ref('Rule'), description: 'At least one of them holds' }),
  NotRule: alone('not', ref('Rule')),
  SegmentRule: alone('segment', { type: 'string', minLength: 1, maxLength: 100, description: 'The key of a saved segment' }),
}

function alone(key: string, value: Json): Json {
  return { type: 'object', properties: { [key]: value }, required: [key], additionalProperties: false }
}

function ruleSchemas(): Record<string, Json> {
  const components: Record<string, Json> = { ...joiners }
  for (const predicate of predicates) components[`${capital(predicate.key)}Rule`] = json(predicate.schema)
  const names = Object.keys(components)
  for (const name of names) components[name] = { title: name, ...components[name] }
  components.Rule = {
    description: `Whom it means: one question about a customer, or rules joined by all, any, not. The one key it has tells which; at most ${limits.terms} terms, ${limits.depth} deep.`,
    oneOf: names.map(ref),
  }
  return components
}
