import { createHash } from 'node:crypto'
import { fill, type Letter, type Piece } from './letter.ts'
import { longestSealed, sealLink } from './link-seal.ts'
import type { CompiledLetter } from './template.ts'

/** What is told of a message that reached somebody, by links and an image that lead through this server. */
export interface Tracking {
  /** This server as the world sees it, without a slash at the end. */
  publicUrl: string
  /** Closes the addresses that are a person's own. */
  secretKey: string
  opens: boolean
  clicks: boolean
}

/** A link of the letter, its address between quotes. */
const anyLink = /(<a(?:rea)?\b[^<>]*?(?<![\w-])href\s*=\s*)(?:"([^"<>]*)"|'([^'<>]*)')/gi

// Characters of Unicode's private area, around the number of an open place while the letter is read as one text.
const [before, after] = ['\uE004', '\uE005']
const openPlace = new RegExp(`${before}(\\d+)${after}`)

/** A letter's pieces as one text; nothing of one whose author wrote those very characters. */
function asText(pieces: readonly Piece[]): string {
  if (pieces.some(piece => typeof piece === 'string' && (piece.includes(before) || piece.includes(after)))) return ''
  return pieces.map(piece => (typeof piece === 'string' ? piece : `${before}${piece}${after}`)).join('')
}

/** The short name of an address within a letter: the same address has the same name, wherever it stands. */
export const linkName = (url: string): string => createHash('sha256').update(url).digest('base64url').slice(0, 10)

/** Whether an address is one of those that this server makes for a person itself: they are no engagement, or tell of it themselves. */
export const isOurs = (url: string, publicUrl: string): boolean =>
  url.startsWith(`${publicUrl}/`) && /^(u|preferences|s|c)\//.test(url.slice(publicUrl.length + 1))

/** Addresses stand in HTML, where an ampersand is written as an entity. */
const addressOf = (attribute: string): string => attribute.replace(/&(?:amp|#38|#x26);/gi, '&')

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
/** The same where a person's words stand in it, escaped as they are. */
const personalAddressOf = (attribute: string): string =>
  attribute.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (whole, name, decimal, hex) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined
    if (code === undefined) return entities[name.toLowerCase()] ?? whole
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

/** The address of a link that is the same for everybody; undefined for what is none. */
function sharedAddress(whole: string, attribute: string): string | undefined {
  if (whole.includes(before) || !/^https?:\/\/[^\s{}]+$/i.test(attribute)) return undefined
  const url = addressOf(attribute)
  return URL.canParse(url) ? url : undefined
}

/** Every address that a letter leads everybody to through this server, by its name. */
export function trackedLinks({ fields: { html = [] } }: Letter): Map<string, string> {
  const links = new Map<string, string>()
  for (const [whole, , double, single] of asText(html).matchAll(anyLink)) {
    const url = sharedAddress(whole, double ?? single ?? '')
    if (url) links.set(linkName(url), url)
  }
  return links
}

/** What stands in an open place of a tracked letter: a value of the letter as it was, the token, or a link with a person's own parts. */
type Filling = { value: number; markup: boolean } | { token: true } | { attribute: readonly Piece[] }

/**
 * The letter with its links, and an image at its end, leading through this server. A link that is the same for everybody is
 * `/c/<token>.<name>`, one with a person's own parts `/c/<token>.<sealed address>`, the image `/c/<token>.gif`; the token is the
 * scope's `clickToken`. Links of this server itself, those that are no web address, and the plain text stay as they are.
 */
export function track(compiled: CompiledLetter, tracking: Tracking): CompiledLetter {
  const { html } = compiled.letter.fields
  if (!html || !(tracking.opens || tracking.clicks)) return compiled
  const fillings: Filling[] = []
  const tokenPlace = { token: true } as const
  const placeOf = (filling: Filling): number => {
    const key = JSON.stringify(filling)
    const known = fillings.findIndex(each => JSON.stringify(each) === key)
    return known >= 0 ? known : fillings.push(filling) - 1
  }
  const { fields } = compiled.letter
  const elsewhere = new Set(Object.entries(fields).flatMap(([field, pieces]) => (field === 'html' ? [] : pieces)))
  const placeOfValue = (piece: number): number => placeOf({ value: piece, markup: tracking.clicks && !elsewhere.has(piece) })

  const tracked = tracking.clicks
    ? throughUs(html, tracking, { placeOfValue, placeOf, tokenPlace })
    : numbered(html, placeOfValue)
  const withEnd = tracking.opens ? withImage(tracked, tracking, placeOf(tokenPlace)) : tracked
  const others = Object.entries(fields).map(([field, pieces]) => [
    field,
    field === 'html' ? withEnd : numbered(pieces, placeOfValue),
  ])
  const letter: Letter = { fields: Object.fromEntries(others) as Letter['fields'], places: fillings.length }
  return {
    letter,
    reads: (name, field) => name === 'clickToken' || compiled.reads(name, field),
    values: scope => {
      const rendered = compiled.values(scope)
      if (!rendered.ok) return rendered
      const token = scope.clickToken ?? ''
      const through = (attribute: string) => sealed(attribute, token, tracking) ?? attribute
      const values = fillings.map(filling => {
        if ('token' in filling) return token
        if ('attribute' in filling) return through(fill(filling.attribute, rendered.values))
        const value = rendered.values[filling.value] ?? ''
        // What a person's data printed is escaped: an angle bracket is markup of the letter, as in a loop over products.
        if (!filling.markup || !value.includes('<')) return value
        return value.replace(anyLink, (_, before, double, single) =>
          double === undefined ? `${before}'${through(single)}'` : `${before}"${through(double)}"`,
        )
      })
      return { ok: true, values }
    },
  }
}

const numbered = (pieces: readonly Piece[], placeOfValue: (piece: number) => number): Piece[] =>
  pieces.map(piece => (typeof piece === 'string' ? piece : placeOfValue(piece)))

/** The address of an attribute as a link through us; undefined where it is to stay as it is. */
function sealed(attribute: string, token: string, { publicUrl, secretKey }: Tracking): string | undefined {
  // Nearly every personal link is the way out of marketing, which is ours: that is seen without taking it apart.
  if (isOurs(attribute, publicUrl)) return undefined
  const url = personalAddressOf(attribute).trim()
  if (url.length > longestSealed || !/^https?:\/\//i.test(url) || !URL.canParse(url) || isOurs(url, publicUrl)) return undefined
  return `${publicUrl}/c/${token}.${sealLink(secretKey, token, url)}`
}

interface Places {
  placeOfValue: (piece: number) => number
  placeOf: (filling: Filling) => number
  tokenPlace: Filling
}

function throughUs(html: readonly Piece[], { publicUrl }: Tracking, { placeOfValue, placeOf, tokenPlace }: Places): Piece[] {
  const text = asText(html)
  if (text === '') return numbered(html, placeOfValue)
  const piecesOf = (part: string): Piece[] =>
    part
      .split(openPlace)
      .map((each, i) => (i % 2 === 0 ? each : Number(each)))
      .filter(each => each !== '')
  const pieces: Piece[] = []
  let from = 0
  const until = (end: number) => pieces.push(...numbered(piecesOf(text.slice(from, end)), placeOfValue))
  for (const match of text.matchAll(anyLink)) {
    const [whole, head = '', double, single] = match
    const quote = double === undefined ? "'" : '"'
    const attribute = double ?? single ?? ''
    const url = sharedAddress(whole, attribute)
    if (url === undefined && !whole.includes(before)) continue
    until(match.index + head.length + 1)
    // One for everybody is found again in the published letter by its name.
    if (url === undefined) pieces.push(placeOf({ attribute: piecesOf(attribute) }))
    else pieces.push(`${publicUrl}/c/`, placeOf(tokenPlace), `.${linkName(url)}`)
    from = match.index + whole.length - quote.length
  }
  until(text.length)
  return joined(pieces)
}

const joined = (pieces: readonly Piece[]): Piece[] => {
  const list: Piece[] = []
  for (const piece of pieces) {
    const last = list.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') list[list.length - 1] = last + piece
    else list.push(piece)
  }
  return list
}

function withImage(pieces: readonly Piece[], { publicUrl }: Tracking, place: number): Piece[] {
  const image: Piece[] = [`<img src="${publicUrl}/c/`, place, '.gif" width="1" height="1" alt="" style="border:0">']
  for (let i = pieces.length - 1; i >= 0; i--) {
    const piece = pieces[i]
    const at = typeof piece === 'string' ? piece.toLowerCase().lastIndexOf('</body') : -1
    if (typeof piece === 'string' && at >= 0)
      return [...pieces.slice(0, i), piece.slice(0, at), ...image, piece.slice(at), ...pieces.slice(i + 1)].filter(
        each => each !== '',
      )
  }
  return [...pieces, ...image]
}
