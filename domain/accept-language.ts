/**
 * The language a caller would rather read (RFC 9110, Accept-Language) of those that `known` names for a tag; of equal weights the first.
 * What is malformed or unknown does not count.
 */
export function preferred<Language>(
  header: string | undefined,
  known: (tag: string) => Language | undefined,
): Language | undefined {
  const wanted = (header ?? '')
    .slice(0, 1_000)
    .split(',')
    .flatMap(part => {
      const [tag = '', ...parameters] = part.split(';').map(each => each.trim())
      const weight = parameters.find(each => /^q\s*=/i.test(each))
      const q = weight === undefined ? 1 : Number(/^q\s*=\s*([01](?:\.\d{0,3})?)$/i.exec(weight)?.[1] ?? 0)
      const language = known(tag)
      return language !== undefined && q > 0 ? [{ language, q }] : []
    })
  return wanted.toSorted((a, b) => b.q - a.q)[0]?.language
}
