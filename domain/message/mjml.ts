import { Engine } from 'mrml'
import { type Fault, fault } from '../errors.ts'
import { asWritten, type Sentence, type Texts } from '../texts/texts.ts'

/** What compiling may cost: deeper tags would exhaust the compiler's stack, more of them no mail client shows. */
const limits = { depth: 100, tags: 10_000, html: 500_000 } as const

const elements = new Set(
  `mjml mj-head mj-attributes mj-all mj-class mj-breakpoint mj-font mj-html-attributes mj-selector mj-html-attribute mj-preview mj-style mj-title
   mj-body mj-accordion mj-accordion-element mj-accordion-text mj-accordion-title mj-button mj-carousel mj-carousel-image mj-column mj-divider
   mj-group mj-hero mj-image mj-navbar mj-navbar-link mj-raw mj-section mj-social mj-social-element mj-spacer mj-table mj-text mj-wrapper`.split(
    /\s+/,
  ),
)
const voids = new Set('area base br col embed hr img input link meta source track wbr'.split(' '))

const engine = new Engine()

/** HTML of an MJML source, its Liquid untouched; or what is wrong with it, with line and column. Includes are refused. */
export function compileMjml(source: string): { html: string } | { fault: Fault } {
  const { hidden, shown } = hide(source)
  const placed = (message: Sentence, at: number | undefined, hint: Sentence = t => t.letters.mjml.usual): { fault: Fault } => {
    const [line, column] = at === undefined ? [] : where(shown(hidden.slice(0, at)))
    return { fault: fault('', 'mjmlSyntax', t => t.letters.atPlace(shown(message(t)), undefined, line, column), hint) }
  }

  const wrong = tagFault(hidden)
  if (wrong) return placed(wrong.message, wrong.at, wrong.hint)
  const result = engine.toHtml(plainAttributes(hidden))
  if (result.type === 'error') {
    const details = result.origin === 'parser' ? result.details : undefined
    const at = details && 'position' in details ? details.position.start : undefined
    const why = words[details?.type ?? ''] ?? asWritten(result.message)
    return placed(t => t.letters.mjml.doesNotCompile(why(t)), at)
  }
  // What mj-preview made is a preheader: the text alternative leaves it out.
  const html = shown(result.content).replace(
    /(<body[^>]*>)<div style="display:none;/,
    '$1<div data-preheader style="display:none;',
  )
  return html.length <= limits.html
    ? { html }
    : placed(
        t => t.letters.mjml.tooLong(html.length, limits.html),
        undefined,
        t => t.letters.mjml.shorten,
      )
}

/**
 * MJML is XML and Liquid is not, and the compiler writes attributes as Rust writes strings: so Liquid's tokens, what is not
 * ASCII, and backslashes travel through it as plain words that stand nowhere in the source.
 */
function hide(source: string): { hidden: string; shown(text: string): string } {
  let mark = 'zq'
  while (source.includes(mark)) mark += 'q'
  const kept: string[] = []
  const keep = (text: string) => `${mark}${kept.push(text) - 1}z`
  const asciiOnly = (text: string) => text.replace(/[^\x20-\x5b\x5d-\x7e\n\r\t]+/g, keep)
  let hidden = ''
  let from = 0
  for (let at = source.indexOf('{'); at >= 0; at = source.indexOf('{', Math.max(at + 1, from))) {
    const end = tokenEnd(source, at)
    if (end === 0) continue
    if (end < 0) break
    hidden += asciiOnly(source.slice(from, at)) + keep(source.slice(at, end))
    from = end
  }
  hidden += asciiOnly(source.slice(from))
  const marks = new RegExp(`${mark}(\\d+)z`, 'g')
  return { hidden, shown: text => text.replace(marks, (_, index) => kept[Number(index)] ?? '') }
}

/** Where the Liquid token that begins here ends: 0 when none begins, -1 when none ends any more. Comments and raw parts are one token. */
function tokenEnd(source: string, at: number): number {
  const second = source[at + 1]
  if (second !== '{' && second !== '%') return 0
  const close = source.indexOf(second === '{' ? '}}' : '%}', at + 2)
  if (close < 0) return -1
  const block = second === '%' ? /^-?\s*(comment|raw)\s*-?$/.exec(source.slice(at + 2, Math.min(close, at + 40)))?.[1] : undefined
  if (!block) return close + 2
  const last = source.indexOf(`end${block}`, close + 2)
  const end = last < 0 ? -1 : source.indexOf('%}', last)
  return end < 0 ? -1 : end + 2
}

/** Attributes on one line, and without double quotes inside: the compiler would write both with a backslash. */
const plainAttributes = (source: string): string =>
  source.replace(tag, all =>
    all
      .replace(/[\n\r\t]/g, ' ')
      .replace(/"[^"]*"|'[^']*'/g, value => (value[0] === "'" ? value.replaceAll('"', '&quot;') : value)),
  )

const words: Record<string, Sentence> = {
  'end-of-stream': t => t.letters.mjml.neverClosed,
  'unexpected-element': t => t.letters.mjml.elementNotHere,
  'unexpected-token': t => t.letters.mjml.notHere,
  'no-root-node': t => t.letters.mjml.noRoot,
  'parser-error': t => t.letters.mjml.notWellFormed,
}

const tag = /<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w:-]*)(?:"[^"]*"|'[^']*'|[^"'<>])*?(\/?)>/g

/** What the compiler would not survive or not notice: elements it does not know, and more depth or tags than make a letter. */
function tagFault(source: string): { message: Sentence; at: number; hint?: Sentence } | undefined {
  const m = (t: Texts) => t.letters.mjml
  let depth = 0
  let tags = 0
  for (const match of source.matchAll(tag)) {
    const [, closing, name, closed] = match
    if (name === undefined) continue
    const at = match.index
    if (++tags > limits.tags) return { message: t => m(t).tooManyTags(limits.tags), at }
    if (name === 'mj-include') return { message: t => m(t).noInclude, at, hint: t => m(t).pasteIt }
    if (name.startsWith('mj') && !elements.has(name)) return { message: t => m(t).noElement(name), at, hint: t => m(t).seeMjml }
    if (closing) depth--
    else if (!closed && !voids.has(name.toLowerCase())) depth++
    if (depth > limits.depth) return { message: t => m(t).tooDeep(limits.depth), at }
  }
  if (!/<mj-body[\s>/]/.test(source)) return { message: t => m(t).noBody, at: 0, hint: t => m(t).beginWith }
  return undefined
}

function where(before: string): [line: number, column: number] {
  const lines = before.split('\n')
  return [lines.length, (lines.at(-1) ?? '').length + 1]
}
