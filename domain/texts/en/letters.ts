/** Of the catalogue: what is wrong with the text of a message. */
export const letters = {
  strayBreak: (line: number, column: number): string =>
    `"break" and "continue" work only inside a loop (line ${line}, column ${column})`,
  mjmlNotCompiled: 'MJML is compiled to html when a campaign is saved',
  tooDeep: (most: number): string => `a template may nest at most ${most} blocks`,
  loopLess: 'Loop over fewer things, or shorten the text.',
  atPlace: (message: string, field: string | undefined, line: number | undefined, column: number | undefined): string =>
    line === undefined ? message : `${message} (${field ? `${field}, ` : ''}line ${line}, column ${column})`,
  liquid: /** What the template language itself says. */ (words: string): string => words,
  notRendered: (why: unknown): string => `the template could not be rendered: ${why}`,
  missing: (name: string): string => `there is no ${name} for this customer and the template has no default for it`,
  writeDefault: (name: string): string => `Write {{ ${name} | default: "…" }}, or choose a customer who has it.`,
  mjml: {
    usual: 'MJML is XML: close every tag, put attributes in quotes, write < as &lt;.',
    /** `why` may be the compiler's own words. */
    doesNotCompile: (why: string): string => `the MJML does not compile: ${why}`,
    tooLong: (length: number, most: number): string => `compiled it has ${length} characters; at most ${most} are sent`,
    shorten: 'Shorten the letter.',
    neverClosed: 'a tag is never closed',
    elementNotHere: 'this element cannot stand here',
    notHere: 'this cannot stand here',
    noRoot: 'it has no <mjml> element',
    notWellFormed: 'it is not well-formed',
    tooManyTags: (most: number): string => `a letter has at most ${most} tags`,
    noInclude: 'mj-include has nothing to include from',
    pasteIt: 'Paste its content here.',
    noElement: (name: string): string => `there is no MJML element <${name}>`,
    seeMjml: 'See mjml.io for those there are.',
    tooDeep: (most: number): string => `tags nest at most ${most} deep`,
    noBody: 'the MJML has no <mj-body>',
    beginWith: 'Begin with <mjml><mj-body>.',
  },
}
