import { examples } from './openapi-examples.ts'
import { type Json, languageSchemas } from './openapi-language.ts'

/** What a route says of itself beyond its schemas. */
export interface RouteFacts {
  method: string
  url: string
  needs: string
  idempotent: boolean
}

interface Document {
  paths?: Record<string, Record<string, Json>>
  components?: Json & { schemas?: Record<string, Json> }
}

const prefix = '#/components/schemas/'

/** The generated document made whole: the campaign language in full, names without doubles, headers, operation names, examples. */
export function finishDocument<D extends object>(generated: D, routes: readonly RouteFacts[]): D {
  // Through JSON, because routes that answer HEAD as GET share one object.
  const document = JSON.parse(JSON.stringify(generated)) as Document
  const schemas = document.components?.schemas ?? {}
  Object.assign(schemas, languageSchemas())
  const whole = schemas.CampaignDocument ?? schemas.CampaignDocumentInput
  if (whole && schemas.Campaign) schemas.Campaign = extended(whole, schemas.Campaign)
  // Which way a document goes makes no difference for what reads it as it is.
  for (const name of Object.keys(languageSchemas())) delete schemas[`${name}Input`]
  for (const name of ['CampaignDocument', 'Goal', 'Experiment', 'Limits', 'Filters']) {
    const input = schemas[`${name}Input`]
    if (input) schemas[name] = input
    delete schemas[`${name}Input`]
  }
  document.components = { ...document.components, schemas }
  for (const facts of routes) describeOperation(document, facts)
  return pruned(renamed(modern(document) as Document)) as D
}

/** Lists of fixed length in words that every reader of OpenAPI knows: `items` for all, where all are alike. */
function modern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modern)
  if (typeof value !== 'object' || value === null) return value
  const made = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, modern(each)])) as Json
  const list = Array.isArray(made.items) ? made.items : made.prefixItems
  if (!Array.isArray(list)) return made
  const { items: _, prefixItems: __, additionalItems: ___, ...rest } = made
  const alike = new Set(list.map(each => JSON.stringify(each))).size === 1
  return { ...rest, ...(alike ? { items: list[0] } : { prefixItems: list }), minItems: list.length, maxItems: list.length }
}

/** A stored thing: the document its author wrote, and what the server adds. */
function extended(document: Json, stored: Json): Json {
  return {
    ...stored,
    properties: { ...(document.properties as Json), ...(stored.properties as Json) },
    required: [...new Set([...(document.required as string[]), ...(stored.required as string[])])],
  }
}

/** References to `XInput` where only X stands, and one of the two where both say the same. */
function renamed(document: Document): Document {
  const schemas = document.components?.schemas ?? {}
  const plain = (schema: unknown) => JSON.stringify(schema).replaceAll(/(#\/components\/schemas\/\w+?)Input"/g, '$1"')
  for (const name of Object.keys(schemas))
    if (name.endsWith('Input') && schemas[name.slice(0, -5)] && plain(schemas[name]) === plain(schemas[name.slice(0, -5)]))
      delete schemas[name]
  const text = JSON.stringify({ ...document, components: { ...document.components, schemas } })
  return JSON.parse(
    text.replaceAll(/"#\/components\/schemas\/(\w+)Input"/g, (all, name) =>
      schemas[`${name}Input`] ? all : `"${prefix}${name}"`,
    ),
  ) as Document
}

/** Without components that nothing leads to. */
function pruned(document: Document): Document {
  const schemas = document.components?.schemas ?? {}
  const used = new Set<string>()
  const visit = (value: unknown) => {
    for (const match of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const name = match[1]!
      if (used.has(name)) continue
      used.add(name)
      visit(schemas[name] ?? {})
    }
  }
  visit(document.paths)
  const kept = Object.entries(schemas).filter(([name]) => used.has(name))
  return {
    ...document,
    components: { ...document.components, schemas: Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))) },
  }
}

function describeOperation(document: Document, { method, url, idempotent, needs }: RouteFacts): void {
  const path = url.replaceAll(/:(\w+)/g, '{$1}')
  const operation = document.paths?.[path]?.[method.toLowerCase()]
  if (!operation) return
  const responses = operation.responses as Record<string, Json>
  operation.operationId ??= operationName(method, path)
  if (!path.startsWith('/v1/')) for (const response of Object.values(responses)) asPage(response)
  const given = (operation.parameters ?? []) as Json[]
  // A query that may hold anything has no parameters to name: its schema's own keys were taken for some.
  const loose = given.some(each => typeof each.schema !== 'object')
  const parameters = given.filter(each => !loose || each.in !== 'query')
  if (!Object.keys(responses).some(status => /^[123]/.test(status))) responses['200'] = { description: 'The answer' }
  if (idempotent)
    parameters.push({
      in: 'header',
      name: 'Idempotency-Key',
      required: false,
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
      description: 'The same key and body get the first answer again for 24 hours; another body gets 409.',
    })
  if (/^\/v1\/(campaigns|segments|settings)/.test(path) && ['PUT', 'DELETE'].includes(method))
    parameters.push({
      in: 'header',
      name: 'If-Match',
      required: false,
      schema: { type: 'string', pattern: '^(\\*|(W/)?"?\\d{1,9}"?)$' },
      description: 'The version that was read, in quotes; 412 when another stands.',
    })
  operation.parameters = parameters
  if (needs !== 'public') operation['x-needs'] = needs
  const example = examples[`${method} ${url}`]
  const body = (operation.requestBody as { content?: Record<string, Json> } | undefined)?.content?.['application/json']
  if (example !== undefined && body) body.example = example
}

/** What people open in a browser answers with a page. */
function asPage(response: Json): void {
  const content = response.content as Record<string, Json> | undefined
  const json = content?.['application/json']
  if ((json?.schema as Json | undefined)?.type === 'string') response.content = { 'text/html': json }
}

/** `POST /v1/campaigns/{id}/launch` is `postCampaignLaunch`; a parameter at the end is `One`, what is not under /v1 begins with `Server`. */
function operationName(method: string, path: string): string {
  const parts = path
    .replace(/^\/v1\//, '')
    .replace(/^\//, 'server/')
    .split('/')
  const words = parts.map((part, i) => {
    if (part.startsWith('{')) return i === parts.length - 1 ? 'One' : ''
    const word = parts[i + 1]?.startsWith('{') && i + 2 < parts.length ? part.replace(/ies$/, 'y').replace(/s$/, '') : part
    return word
      .split(/[^A-Za-z0-9]+/)
      .map(piece => piece.charAt(0).toUpperCase() + piece.slice(1))
      .join('')
  })
  return method.toLowerCase() + words.join('')
}
