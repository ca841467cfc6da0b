import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { type Fault, fault, PerennialError, pointer, refusal } from '../domain/errors.ts'
import type { Sentence } from '../domain/texts/texts.ts'

/** Deeper than any document that means something, shallow enough for every recursive reader behind us. */
const deepest = 64

const quote = 0x22
const backslash = 0x5c

/** Whether brackets nest deeper than allowed, read from the bytes: a parser has to build it all first. */
export function tooDeep(bytes: Buffer): boolean {
  let depth = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === quote) {
      let end = bytes.indexOf(quote, i + 1)
      while (end > 0 && escaped(bytes, end)) end = bytes.indexOf(quote, end + 1)
      if (end < 0) return false // not JSON: the parser says so
      i = end
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > deepest) return true
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return false
}

function escaped(bytes: Buffer, at: number): boolean {
  let slashes = 0
  while (bytes[at - 1 - slashes] === backslash) slashes++
  return slashes % 2 === 1
}

/** Texts in which nothing below can be found need no walk; nearly all are such. Numbers stand after a sign of JSON's: an id in hex is none. */
const suspicious = /\\u0000|\\u[dD][89a-fA-F]|(?:^|[[:,\s])-?\d(?:[\d.]*[eE]\+?\d{3}|\d{299})/

const loneSurrogate = /\p{Surrogate}/u

/** Faults of values that JSON can say and neither PostgreSQL nor UTF-8 can hold. */
export function unstorable(value: unknown, path: readonly PropertyKey[] = [], found: Fault[] = []): Fault[] {
  const wrong = (code: string, message: Sentence) => found.push(fault(pointer(path), code, message))
  if (typeof value === 'string') {
    if (value.includes('\0')) wrong('nulCharacter', t => t.refusals.nulCharacter)
    else if (loneSurrogate.test(value)) wrong('loneSurrogate', t => t.refusals.loneSurrogate)
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) wrong('numberTooLarge', t => t.refusals.numberTooLarge)
  } else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) {
      if (key.includes('\0') || loneSurrogate.test(key)) wrong('badKey', t => t.refusals.badKey)
      unstorable(each, [...path, key], found)
    }
  return found
}

/**
 * JSON from bytes as a caller sent them. Throws `malformed` for what is not UTF-8, not JSON, nested too deeply, or holds
 * values that cannot be stored; `parse` is the framework's parser, which refuses `__proto__`.
 */
export function readJson(bytes: Buffer, parse: (text: string) => unknown = JSON.parse): unknown {
  if (!isUtf8(bytes)) throw new PerennialError('malformed', t => t.refusals.notUtf8)
  if (tooDeep(bytes)) throw new PerennialError('malformed', t => t.refusals.bodyTooDeep(deepest))
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch (error) {
    throw new PerennialError('malformed', t => t.refusals.notJson((error as Error).message), { cause: error })
  }
  if (suspicious.test(text)) {
    const faults = unstorable(value)
    if (faults[0]) throw refusal('malformed', faults, true)
  }
  return value
}

/** Takes bodies of these content types as JSON; an empty one counts as none. */
export function acceptJson(app: FastifyInstance, types: readonly string[]): void {
  const framework = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser([...types], { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer
    if (bytes.length === 0) return done(null, undefined)
    try {
      const parse = (text: string) => {
        let result: unknown
        void framework(request, text, (error, value) => {
          if (error) throw error
          result = value
        })
        return result
      }
      done(null, readJson(bytes, parse))
    } catch (error) {
      done(error as Error)
    }
  })
}
