import type { letters as english } from '../en/letters.ts'

export const letters: typeof english = {
  strayBreak: (line, column) => `"break" och "continue" fungerar bara inuti en slinga (rad ${line}, kolumn ${column})`,
  mjmlNotCompiled: 'MJML kompileras till html när en kampanj sparas',
  tooDeep: most => `en mall får nästla högst ${most} block`,
  loopLess: 'Gå igenom färre saker, eller korta texten.',
  atPlace: (message, field, line, column) =>
    line === undefined ? message : `${message} (${field ? `${field}, ` : ''}rad ${line}, kolumn ${column})`,
  liquid: words => `mallen kan inte läsas: ${words}`,
  notRendered: why => `mallen kunde inte återges: ${why}`,
  missing: name => `kunden har ingen ${name} och mallen har inget förval för det`,
  writeDefault: name => `Skriv {{ ${name} | default: "…" }}, eller välj en kund som har det.`,
}
