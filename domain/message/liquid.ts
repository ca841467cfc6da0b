import { Context, filters, Liquid, LiquidError, type Template, toValueSync } from 'liquidjs'
import { type Fault, fault } from '../errors.ts'
import type { Texts } from '../texts/texts.ts'
import { childrenOf } from './template-walk.ts'

/** What one person's letter may cost. Counted, not timed: a busy machine must not change what a person gets. */
export const limits = { nodes: 20_000, memory: 2_000_000, source: 500_000, depth: 50 } as const

type FilterContext = { context: Context }
type Handler = (this: FilterContext, ...args: unknown[]) => unknown
const builtIn = filters as unknown as Record<string, Handler>

/** The journey's moment instead of the machine's clock, and the person's zone instead of the machine's. */
function datesOf(engine: Liquid): void {
  for (const name of ['date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string']) {
    const handler = builtIn[name]!
    engine.registerFilter(name, function (this: FilterContext, value: unknown, ...args: unknown[]) {
      const scope = this.context.environments as { at?: number; zone?: string }
      let moment = value
      if (value === 'now' || value === 'today') {
        if (scope.at === undefined) throw new MissingVariable('at')
        moment = new Date(scope.at).toISOString()
      }
      if (name === 'date' && args.length < 2) return handler.call(this, moment, args[0], scope.zone ?? 'UTC')
      return handler.call(this, moment, ...args)
    } as never)
  }
}

function engine(html: boolean): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    lenientIf: true,
    parseLimit: limits.source,
    memoryLimit: limits.memory,
    templates: {},
    timezoneOffset: 'UTC',
    locale: 'en-US',
    ...(html ? { outputEscape: 'escape' as const } : {}),
  })
  // Nothing to include from, nothing left to chance.
  for (const tag of ['include', 'render', 'layout', 'block']) delete liquid.tags[tag]
  liquid.unregisterFilter('sample')
  datesOf(liquid)
  if (html) {
    // Whoever escapes by hand, as other Liquid engines demand, must not get it twice.
    for (const name of ['escape', 'escape_once', 'xml_escape'])
      liquid.registerFilter(name, { handler: builtIn[name]! as never, raw: true })
    const breaks = builtIn.newline_to_br!
    liquid.registerFilter('newline_to_br', {
      raw: true,
      handler: function (this: FilterContext, value: unknown) {
        return breaks.call(this, builtIn.escape!.call(this, value))
      } as never,
    })
  }
  return liquid
}

/** Escapes what it prints for HTML. */
export const htmlEngine = engine(true)
/** Prints as it is: subjects, plain texts, SMS, in-app. */
export const plainEngine = engine(false)

/** Named as the library names its own, so that `default` and `if` forgive it. */
export class MissingVariable extends Error {
  readonly variableName: string
  constructor(variableName: string) {
    super(`undefined variable: ${variableName}`)
    this.name = 'InternalUndefinedVariableError'
    this.variableName = variableName
  }
}

/** A letter's state for one person. A value that is null counts as missing, and a missing path is named whole. */
class PersonContext extends Context {
  override *_getFromScope(scope: unknown, paths: (string | number)[] | string): IterableIterator<unknown> {
    const path = typeof paths === 'string' ? paths.split('.') : paths
    let value = scope
    for (const key of path) {
      value = yield this.readProperty(value as never, key as never)
      if (value === undefined || value === null) {
        if (this.strictVariables) throw new MissingVariable(path.join('.'))
        return undefined
      }
    }
    return value
  }
}

/** Counts rendered nodes where the library would look at a clock. */
function nodeCounter() {
  let nodes = 0
  const check = () => {
    if (++nodes > limits.nodes) throw new Error('template render limit exceeded')
  }
  return { check, use: check }
}

/** A fresh context; `{% increment %}` writes into the scope, so it gets a copy. */
export function personContext(scope: object, strict = true): Context {
  return new PersonContext({ ...scope }, plainEngine.options, { sync: true, strictVariables: strict }, {
    renderLimit: nodeCounter(),
    liquid: plainEngine,
  } as never)
}

/** The text of some nodes in one person's context. */
export function renderNodes(nodes: Template[], context: Context): string {
  const text = String(toValueSync(plainEngine.renderer.renderTemplates(nodes, context) as IterableIterator<unknown>))
  // A capture of captures costs the library nothing it counts, and is long all the same.
  if (text.length > limits.memory) throw new Error('output limit exceeded')
  return text
}

/** Parses a source, or says what is wrong with it and where. */
export function parse(liquid: Liquid, source: string, path: string): { nodes: Template[] } | { fault: Fault } {
  try {
    const nodes = liquid.parse(source)
    return depthOver(nodes, limits.depth) ? { fault: tooDeep(path) } : { nodes }
  } catch (error) {
    return { fault: faultOf(error, path) }
  }
}

const tooDeep = (path: string): Fault => fault(path, 'templateLimit', t => t.letters.tooDeep(limits.depth))

/** Whether blocks stand in blocks more than `limit` deep; looks no deeper than that. */
function depthOver(nodes: readonly Template[], limit: number): boolean {
  return limit < 0 || nodes.some(node => depthOver(childrenOf(node), limit - 1))
}

/** A fault at a place of a template, in the library's words. */
export function faultOf(error: unknown, path: string): Fault {
  const liquid = LiquidError.is(error) ? error : undefined
  if (/call stack/.test((error as Error).message)) return tooDeep(path)
  const words = (liquid?.originalError ?? (error as Error)).message.replace(/, line:\d+, col:\d+$/, '')
  const [line, column] = liquid ? liquid.token.getPosition() : []
  const overLimit = /limit exceeded$/.test(words)
  return fault(
    path,
    overLimit ? 'templateLimit' : 'templateSyntax',
    t => t.letters.atPlace(t.letters.liquid(words), undefined, line, column),
    ...(overLimit ? [(t: Texts) => t.letters.loopLess] : []),
  )
}

/** The path a failed rendering wanted and did not find. */
export function missingPath(error: unknown): string | undefined {
  const inner = LiquidError.is(error) ? error.originalError : error
  return inner instanceof MissingVariable ? inner.variableName : missingDeep(inner)
}

function missingDeep(error: unknown): string | undefined {
  const inner = (error as { originalError?: unknown } | undefined)?.originalError
  return inner === undefined ? undefined : missingPath(inner)
}
