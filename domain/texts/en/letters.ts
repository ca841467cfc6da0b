/** Of the catalogue: what is wrong with the text of a message. */
export const letters = {
  strayBreak: (line: number, column: number): string => `"break" and "continue" work only inside a loop (line ${line}, column ${column})`,
  mjmlNotCompiled: 'MJML is compiled to html when a campaign is saved',
  tooDeep: (most: number): string => `a template may nest at most ${most} blocks`,
  loopLess: 'Loop over fewer things, or shorten the text.',
  atPlace: (message: string, field: string | undefined, line: number | undefined, column: number | undefined): string =>
    line === undefined ? message : `${message} (${field ? `${field}, ` : ''}line ${line}, column ${column})`,
  liquid: /** What the template language itself says. */ (words: string): string => words,
  notRendered: (why: unknown): string => `the template could not be rendered: ${why}`,
  missing: (name: string): string => `there is no ${name} for this customer and the template has no default for it`,
  writeDefault: (name: string): string => `Write {{ ${name} | default: "…" }}, or choose a customer who has it.`,
}
