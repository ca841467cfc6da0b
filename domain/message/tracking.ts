import { createHash } from 'node:crypto'
import type { Letter, Piece } from './letter.ts'
import type { CompiledLetter } from './template.ts'

/** What is told of an e-mail that reached somebody, by links and an image that lead through this server. */
export interface Tracking {
  /** This server as the world sees it, without a slash at the end. */
  publicUrl: string
  opens: boolean
  clicks: boolean
}

/** An address that is the same for everybody, in a link of the letter. */
const link = /(<a(?:rea)?\b[^<>]*?\bhref\s*=\s*)(?:"(https?:\/\/[^"<>\s{}]+)"|'(https?:\/\/[^'<>\s{}]+)')/gi

/** The short name of an address within a letter: the same address has the same name, wherever it stands. */
export const linkName = (url: string): string => createHash('sha256').update(url).digest('base64url').slice(0, 10)

/** Addresses stand in HTML, where an ampersand is written as an entity. */
const addressOf = (attribute: string): string => attribute.replace(/&(?:amp|#38|#x26);/gi, '&')

/** Every address that a letter of this HTML may lead to through this server, by its name. */
export function trackedLinks(html: string): Map<string, string> {
  const links = new Map<string, string>()
  for (const match of html.matchAll(link)) {
    const url = addressOf(match[2] ?? match[3] ?? '')
    if (URL.canParse(url)) links.set(linkName(url), url)
  }
  return links
}

/**
 * The letter with its links, and an image at its end, leading through this server: `/c/<token>.<name>` and `/c/<token>.gif`. The
 * token is one more open place, filled from the scope's `clickToken`. Addresses with a person's own parts stay as they are, and so
 * does the plain text.
 */
export function track(compiled: CompiledLetter, tracking: Tracking): CompiledLetter {
  const { html } = compiled.letter.fields
  if (!html || !(tracking.opens || tracking.clicks)) return compiled
  const place = compiled.letter.places
  let pieces: Piece[] = tracking.clicks
    ? html.flatMap(piece => (typeof piece === 'string' ? throughUs(piece, tracking, place) : piece))
    : [...html]
  if (tracking.opens) pieces = withImage(pieces, tracking, place)
  if (!pieces.includes(place)) return compiled
  const letter: Letter = { fields: { ...compiled.letter.fields, html: pieces }, places: place + 1 }
  return {
    letter,
    reads: name => name === 'clickToken' || compiled.reads(name),
    values: scope => {
      const rendered = compiled.values(scope)
      return rendered.ok ? { ok: true, values: [...rendered.values, scope.clickToken ?? ''] } : rendered
    },
  }
}

function throughUs(html: string, { publicUrl }: Tracking, place: number): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of html.matchAll(link)) {
    const url = addressOf(match[2] ?? match[3] ?? '')
    if (!URL.canParse(url)) continue
    pieces.push(`${html.slice(from, match.index)}${match[1]}"${publicUrl}/c/`, place, `.${linkName(url)}"`)
    from = match.index + match[0].length
  }
  return [...pieces, html.slice(from)].filter(piece => piece !== '')
}

function withImage(pieces: Piece[], { publicUrl }: Tracking, place: number): Piece[] {
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
