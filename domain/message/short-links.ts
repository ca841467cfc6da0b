import { createHash } from 'node:crypto'
import { fill } from './letter.ts'
import type { CompiledLetter } from './template.ts'
import { isOurs, type Tracking } from './tracking.ts'

/** A short link of one person's SMS, and where it leads. */
export interface ShortLink {
  code: string
  url: string
}

const address = /https?:\/\/[^\s<>"]+/gi
/** What ends a sentence, or closes what was opened around an address, is no part of it. */
const behind = /[.,;:!?'’”»…]+$/

/**
 * The SMS with every address in it, a person's own parts included, as `/c/<code>` of this server: an address costs what it is long.
 * The text becomes one open place, and the links come beside its value, to be kept before it leaves. A code says nothing, cannot be
 * guessed (66 bits of a hash over the message's signed token) and is the same each time the copy is made again.
 */
export function shorten(compiled: CompiledLetter, { publicUrl }: Pick<Tracking, 'publicUrl'>): CompiledLetter {
  const { body } = compiled.letter.fields
  if (!body) return compiled
  return {
    letter: { fields: { ...compiled.letter.fields, body: [0] }, places: 1 },
    reads: (name, field) => name === 'clickToken' || compiled.reads(name, field),
    values: scope => {
      const rendered = compiled.values(scope)
      if (!rendered.ok) return rendered
      const links = new Map<string, string>()
      const text = fill(body, rendered.values).replace(address, found => {
        const url = addressIn(found)
        if (!URL.canParse(url) || isOurs(url, publicUrl)) return found
        const code = links.get(url) ?? codeOf(scope.clickToken ?? '', links.size)
        links.set(url, code)
        return `${publicUrl}/c/${code}${found.slice(url.length)}`
      })
      return { ok: true, values: [text], ...(links.size > 0 ? { links: [...links].map(([url, code]) => ({ code, url })) } : {}) }
    },
  }
}

/** The address at the beginning of what was found: without the stop of its sentence, or a bracket that it did not open. */
function addressIn(found: string): string {
  for (let url = found; ; ) {
    const bare = url.replace(behind, '')
    const open = /[)\]}]$/.test(bare) && !/[([{]/.test(bare) ? bare.slice(0, -1) : bare
    if (open === url) return url
    url = open
  }
}

const codeOf = (token: string, order: number): string =>
  createHash('sha256').update(`${token} ${order}`).digest('base64url').slice(0, 11)
