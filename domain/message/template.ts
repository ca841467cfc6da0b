import type { Template } from 'liquidjs'
import { type Fault, fault, pointer, refusal } from '../errors.ts'
import { alternativeOf, type TextAlternative } from './alternative.ts'
import type { Content, ContentOf } from './content.ts'
import { escapeHtml, oneLine } from './escape.ts'
import type { ChannelKind } from './kinds.ts'
import type { Letter, LetterField, Piece } from './letter.ts'
import { faultOf, htmlEngine, missingPath, parse, personContext, plainEngine, renderNodes } from './liquid.ts'
import { append, divide, type Part } from './pieces.ts'
import { inlineText } from './plain-text.ts'
import { withPreheader } from './preheader.ts'
import { printed, readPath } from './read-path.ts'
import { customerPath, ownFields, type Scope } from './scope.ts'
import type { ShortLink } from './short-links.ts'
import { type SourceField, sources } from './sources.ts'
import { localNames, printsMarkup, strayBreak } from './template-walk.ts'

/** One person's values, or why this person cannot be written to: never a throw, so that a batch goes on without them. */
export type Rendering =
  | { ok: true; values: string[]; links?: readonly ShortLink[] }
  /** The scope has no such path, and the template no `default` for it. */
  | { ok: false; missing: string; failed?: undefined }
  /** A limit was passed, or a filter could not work with what it got. */
  | { ok: false; failed: string; missing?: undefined }

export interface CompiledLetter {
  letter: Letter
  values(scope: Scope): Rendering
  /** Whether it may read this name of a scope; of the customer, this field of it (`attributes` for whatever is no field of its own). */
  reads(name: string, field?: string): boolean
}

/** A path read once for a person, and the places its text goes to. */
interface Reading {
  path: readonly (string | number)[]
  fallback: string | undefined
  outs: { place: number; finish: Finish }[]
}

/** Nodes rendered by Liquid; `place` is -1 where they only prepare. */
interface Stretch {
  nodes: Template[]
  place: number
  finish: Finish
  /** Where the same stretch stands in the text made from the HTML. */
  textPlace: number | undefined
}

type Finish = (text: string) => string
const asIs: Finish = text => text
const hidden: Finish = text => escapeHtml(oneLine(text))

/** How a field's dynamic text is finished: `plain` after a plain output, `stretch` after a stretch, `words` for constant text. */
const finishes: Record<SourceField, { plain: Finish; stretch: Finish; words: Finish }> = {
  subject: { plain: oneLine, stretch: oneLine, words: oneLine },
  preheader: { plain: hidden, stretch: hidden, words: hidden },
  html: { plain: escapeHtml, stretch: asIs, words: asIs },
  mjml: { plain: escapeHtml, stretch: asIs, words: asIs },
  text: { plain: asIs, stretch: asIs, words: asIs },
  body: { plain: asIs, stretch: asIs, words: asIs },
  title: { plain: oneLine, stretch: oneLine, words: oneLine },
  action: { plain: oneLine, stretch: oneLine, words: oneLine },
  actionLabel: { plain: oneLine, stretch: oneLine, words: oneLine },
}

/** Parses every field of a content; what does not parse, or would end the letter in its middle, comes back as faults. */
export function parseContent(channel: ChannelKind, content: Content) {
  const fields: { field: SourceField; path: string; nodes: Template[] }[] = []
  const faults: Fault[] = []
  for (const { field, path, source } of sources(channel, content)) {
    const parsed = parse(field === 'html' || field === 'mjml' ? htmlEngine : plainEngine, source, path)
    if ('fault' in parsed) {
      faults.push(parsed.fault)
      continue
    }
    const stray = strayBreak(parsed.nodes)
    if (stray) {
      const [line = 1, column = 1] = stray.token.getPosition()
      faults.push(fault(path, 'templateSyntax', t => t.letters.strayBreak(line, column)))
    } else fields.push({ field, path, nodes: parsed.nodes })
  }
  return { fields, faults }
}

/**
 * Compiles a content once for many people: constant words stay, open places are numbered. An e-mail without `text`
 * gets one made from its HTML. Throws `unprocessable` with the faults of `parseContent`; published content has none.
 */
export function compileLetter<C extends ChannelKind>(channel: C, content: ContentOf[C]): CompiledLetter {
  const { fields, faults } = parseContent(channel, content)
  if (faults.length > 0) throw refusal('unprocessable', faults)
  if (fields.some(({ field }) => field === 'mjml')) {
    throw refusal('unprocessable', [fault(pointer(['mjml']), 'mjmlNotCompiled', t => t.letters.mjmlNotCompiled)])
  }

  const readings = new Map<string, Reading>()
  const stretches: Stretch[] = []
  let places = 0
  const locals = localNames(fields.flatMap(({ nodes }) => nodes))
  const reading = (path: readonly (string | number)[], fallback: string | undefined, finish: Finish): number => {
    const key = JSON.stringify([path, fallback])
    const entry: Reading = readings.get(key) ?? { path, fallback, outs: [] }
    readings.set(key, entry)
    const same = entry.outs.find(out => out.finish === finish)
    if (same) return same.place
    entry.outs.push({ place: places, finish })
    return places++
  }

  let pending: Template[] = []
  const compiled = new Map<SourceField, Piece[]>()
  let alternative: TextAlternative | undefined
  const wantsText = channel === 'email' && !fields.some(({ field }) => field === 'text')
  for (const { field, nodes } of fields) {
    const divided = divide(nodes, { escaping: field === 'html', locals, pending })
    pending = divided.pending
    const finish = finishes[field]
    const made = divided.parts.map((part: Part) => {
      if (typeof part === 'string') return finish.words(part)
      if ('path' in part) {
        const place = reading(part.path, part.fallback, part.raw && field === 'html' ? asIs : finish.plain)
        return { place, markup: part.raw, text: () => reading(part.path, part.fallback, asIs) }
      }
      const stretch: Stretch = { nodes: part.nodes, place: places++, finish: finish.stretch, textPlace: undefined }
      stretches.push(stretch)
      return { place: stretch.place, markup: printsMarkup(part.nodes), text: () => (stretch.textPlace ??= places++) }
    })
    compiled.set(field, append([], ...made.map(part => (typeof part === 'string' ? part : part.place))))
    if (field === 'html' && wantsText) alternative = alternativeOf(made)
  }
  if (pending.length > 0) stretches.push({ nodes: pending, place: -1, finish: asIs, textPlace: undefined })

  const html = compiled.get('html')
  const preheader = compiled.get('preheader')
  if (html && preheader) compiled.set('html', withPreheader(html, preheader))
  compiled.delete('preheader')
  if (alternative) compiled.set('text', alternative.perPerson ? [places++] : alternative.pieces)
  const textPlace = places - 1

  return number([...compiled] as [LetterField, Piece[]][], {
    places,
    readings: [...readings.values()],
    stretches,
    perPerson: alternative?.perPerson ? { place: textPlace, text: alternative.perPerson } : undefined,
  })
}

interface Work {
  places: number
  readings: Reading[]
  stretches: Stretch[]
  perPerson: { place: number; text(values: readonly string[]): string } | undefined
}

/** Numbers the places that stand in the letter from 0; what is only needed on the way is kept behind them and cut off. */
function number(written: [LetterField, Piece[]][], work: Work): CompiledLetter {
  const order: number[] = []
  const numbers = new Map<number, number>()
  for (const [, pieces] of written)
    for (const piece of pieces)
      if (typeof piece === 'number' && !numbers.has(piece)) {
        numbers.set(piece, order.length)
        order.push(piece)
      }
  const letter: Letter = {
    fields: Object.fromEntries(
      written.map(([field, pieces]) => [field, pieces.map(piece => (typeof piece === 'number' ? numbers.get(piece)! : piece))]),
    ),
    places: order.length,
  }
  const names = new Set<unknown>(work.readings.map(({ path }) => path[0]))
  const fields = new Set<string>(work.readings.flatMap(({ path }) => fieldsRead(path)))
  // What Liquid renders may read anything.
  const reads = (name: string, field?: string) =>
    work.stretches.length > 0 || (field === undefined ? names.has(name) : fields.has(field))
  return { letter, reads, values: scope => valuesOf(scope, work, order) }
}

/** The fields of a customer that a path reads. */
function fieldsRead(path: readonly (string | number)[]): readonly string[] {
  if (path[0] !== 'customer') return []
  const field = customerPath(path)
  if (!field) return [...ownFields, 'attributes']
  return 'own' in field ? [field.own] : ['attributes']
}

function valuesOf(scope: Scope, work: Work, order: readonly number[]): Rendering {
  const values = new Array<string>(work.places).fill('')
  for (const { path, fallback, outs } of work.readings) {
    const value = readPath(scope, path)
    const text = fallback === undefined ? (value === undefined ? undefined : printed(value)) : withDefault(value, fallback)
    if (text === undefined) return { ok: false, missing: path.join('.') }
    for (const out of outs) values[out.place] = out.finish(text)
  }
  if (work.stretches.length > 0) {
    const context = personContext(scope)
    try {
      for (const { nodes, place, finish, textPlace } of work.stretches) {
        const text = renderNodes(nodes, context)
        if (place >= 0) values[place] = finish(text)
        if (textPlace !== undefined) values[textPlace] = inlineText(text)
      }
    } catch (error) {
      const missing = missingPath(error)
      if (missing !== undefined) return { ok: false, missing }
      return { ok: false, failed: faultOf(error, '').message }
    }
  }
  if (work.perPerson) values[work.perPerson.place] = work.perPerson.text(values)
  return { ok: true, values: order.map(place => values[place]!) }
}

/** Liquid's `default`: for what is missing, false or empty. */
function withDefault(value: unknown, fallback: string): string {
  if (value === undefined || value === false) return fallback
  if ((typeof value === 'string' || Array.isArray(value)) && value.length === 0) return fallback
  return printed(value)
}
