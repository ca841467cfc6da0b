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
  mjml: {
    usual: 'MJML är XML: stäng varje tagg, sätt attribut inom citattecken, skriv < som &lt;.',
    doesNotCompile: why => `MJML-koden går inte att kompilera: ${why}`,
    tooLong: (length, most) => `kompilerat har det ${length} tecken; högst ${most} skickas`,
    shorten: 'Korta brevet.',
    neverClosed: 'en tagg stängs aldrig',
    elementNotHere: 'det här elementet får inte stå här',
    notHere: 'det här får inte stå här',
    noRoot: 'det har inget element <mjml>',
    notWellFormed: 'det är inte välformat',
    tooManyTags: most => `ett brev har högst ${most} taggar`,
    noInclude: 'mj-include har inget att hämta från',
    pasteIt: 'Klistra in innehållet här.',
    noElement: name => `det finns inget MJML-element <${name}>`,
    seeMjml: 'Se mjml.io för dem som finns.',
    tooDeep: most => `taggar får ligga högst ${most} nivåer djupt`,
    noBody: 'MJML-koden har inget <mj-body>',
    beginWith: 'Börja med <mjml><mj-body>.',
  },
}
