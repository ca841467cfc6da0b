import { randomBytes } from 'node:crypto'
import { domainToASCII } from 'node:url'
import type { MessageClass } from '../../domain/message/kinds.ts'
import { fill, type Letter, type Piece } from '../../domain/message/letter.ts'
import type { Envelope } from '../channel.ts'

/** SendGrid: at most this many bytes of substitutions, tags and values, in one personalization. */
const substitutionBytes = 10_000
/** SendGrid takes 30 MB a request; we stay a megabyte below it. */
export const requestBytes = 29_000_000

export interface Sender {
  email: string
  name?: string
}

/** What is the same for a whole letter: its JSON around the personalizations, with a tag for every open place. */
export interface Frame {
  nonce: string
  tags: readonly string[]
  tagBytes: number
  tail: string
}

/** A request in parts: the personalizations of its envelopes, and the frame they share. */
export interface Part {
  /** Position of the envelope in the batch. */
  row: number
  json: string
  bytes: number
  /** The letter with this person's words in it, when they are too long to be substitutions: a request of its own. */
  tail?: string
}

/** Reads `Name <a@b>` or `a@b`. */
export function readSender(text: string): Sender {
  const match = /^\s*(?:"?([^"<]*?)"?\s*)<([^<>\s]+@[^<>\s]+)>\s*$/.exec(text)
  if (match) return { email: match[2]!, ...(match[1] ? { name: match[1] } : {}) }
  if (/^\s*[^<>\s]+@[^<>\s]+\s*$/.test(text)) return { email: text.trim() }
  throw new Error(`the sender ${JSON.stringify(text)} is neither "a@b" nor "Name <a@b>"`)
}

/** SendGrid takes domains in ASCII only. */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  if (at < 0 || !/[^ -~]/.test(domain)) return address
  return address.slice(0, at + 1) + (domainToASCII(domain) || domain)
}

export interface Settings {
  from: Sender
  class: MessageClass
  sandboxMode: boolean
  ownTracking?: boolean | undefined
}

/**
 * The letter with tags in its open places. The tags carry a random word that stands in no text of the letter, so that
 * nothing the marketer wrote, and no meeting of two pieces, can be taken for one.
 */
export function frame(letter: Letter, settings: Settings): Frame {
  const words = JSON.stringify(letter.fields)
  let nonce = ''
  do nonce = randomBytes(4).toString('hex')
  while (words.includes(nonce))
  const tags = Array.from({ length: letter.places }, (_, place) => `-${nonce}.${place}-`)
  return { nonce, tags, tagBytes: tags.join('').length, tail: closing(letter, tags, settings) }
}

/** The rest of the request after its personalizations. */
function closing(letter: Letter, values: readonly string[], settings: Settings): string {
  const { subject, text, html } = letter.fields
  const part = (type: string, pieces: readonly Piece[] | undefined) => {
    const value = pieces ? fill(pieces, values) : ''
    return value === '' ? [] : [{ type, value }]
  }
  const rest = {
    from: settings.from,
    subject: fill(subject ?? [], values),
    content: [...part('text/plain', text), ...part('text/html', html)],
    categories: [settings.class],
    ...(settings.ownTracking
      ? { tracking_settings: { click_tracking: { enable: false }, open_tracking: { enable: false } } }
      : {}),
    ...(settings.sandboxMode ? { mail_settings: { sandbox_mode: { enable: true } } } : {}),
  }
  return `],${JSON.stringify(rest, (_, value) => (typeof value === 'string' ? value.toWellFormed() : value)).slice(1)}`
}

/** Why a person's copy cannot be a message: SendGrid wants a subject and some content. */
export function emptyIn(letter: Letter, values: readonly string[]): string | undefined {
  const has = (pieces: readonly Piece[] | undefined) =>
    (pieces ?? []).some(piece => (typeof piece === 'string' ? piece : (values[piece] ?? '')).trim() !== '')
  if (!has(letter.fields.subject)) return 'the subject is empty'
  return has(letter.fields.html) || has(letter.fields.text) ? undefined : 'the text is empty'
}

/** One person's part of a request; with a `tail` of its own where the values are over the limit of substitutions. */
export function part(row: number, envelope: Envelope, letter: Letter, shared: Frame, settings: Settings): Part {
  const { tags, tagBytes } = shared
  let bytes = tagBytes
  for (const value of envelope.values) bytes += value.length < 2_500 ? value.length * 3 : Buffer.byteLength(value)
  // Three bytes a character is the most there is: only a close call is counted exactly.
  if (bytes > substitutionBytes) bytes = tagBytes + envelope.values.reduce((sum, value) => sum + Buffer.byteLength(value), 0)
  const alone = bytes > substitutionBytes
  // Written as text at once: the same few names for everybody, and a million objects fewer.
  let json = `{"to":[{"email":${quoted(asciiAddress(envelope.to))}}],"custom_args":{"message_id":${quoted(envelope.messageId)}}`
  if (envelope.unsubscribeUrl)
    json += `,"headers":{"List-Unsubscribe":${quoted(`<${envelope.unsubscribeUrl}>`)},"List-Unsubscribe-Post":"List-Unsubscribe=One-Click"}`
  if (!alone && tags.length > 0) {
    json += ',"substitutions":{'
    for (let place = 0; place < tags.length; place++)
      json += `${place > 0 ? ',' : ''}"${tags[place]}":${quoted(envelope.values[place] ?? '')}`
    json += '}'
  }
  json += '}'
  return {
    row,
    json,
    bytes: Buffer.byteLength(json) + 1,
    ...(alone ? { tail: closing(letter, envelope.values, settings) } : {}),
  }
}

/** As JSON. Half of a surrogate pair is no character: JSON writes it as an escape, which a provider may refuse for all. */
const quoted = (text: string): string => JSON.stringify(text.toWellFormed())

/**
 * Divides a batch into requests: nobody twice in one (SendGrid refuses that for all), none too large, and those whose
 * words do not fit into substitutions alone.
 */
export function divide(parts: readonly Part[], envelopes: readonly Envelope[], tailBytes: number): Part[][] {
  const requests: Part[][] = []
  const alone: Part[][] = []
  const times = new Map<string, number>()
  const open: { parts: Part[]; bytes: number }[] = []
  for (const each of parts) {
    if (each.tail !== undefined) {
      alone.push([each])
      continue
    }
    const address = envelopes[each.row]!.to.toLowerCase()
    const layer = times.get(address) ?? 0
    times.set(address, layer + 1)
    const current = open[layer]
    if (current && current.parts.length < 1_000 && current.bytes + each.bytes <= requestBytes) {
      current.parts.push(each)
      current.bytes += each.bytes
    } else {
      const fresh = { parts: [each], bytes: tailBytes + each.bytes }
      requests.push(fresh.parts)
      open[layer] = fresh
    }
  }
  return [...requests, ...alone]
}

/** The bytes that travel. */
export function requestBody(parts: readonly Part[], shared: Frame): Buffer {
  return Buffer.from(`{"personalizations":[${parts.map(each => each.json).join(',')}${parts[0]?.tail ?? shared.tail}`)
}
