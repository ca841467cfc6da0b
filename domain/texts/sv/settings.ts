import type { settings as english } from '../en/settings.ts'

export const settings: typeof english = {
  noZone: zone => `det finns ingen tidszon "${zone}"`,
  noRegion: region => `det finns ingen region "${region}"`,
  noCurrency: code => `det finns ingen valuta "${code}"`,
  endlessQuiet: 'tysta timmar som slutar när de börjar skulle aldrig ta slut; använd null för inga',
  keptTooShort: 'råa händelser sparas i minst 30 dagar, eftersom experiment och betyg ser på dem',
  topicTwice: key => `ämnet "${key}" står två gånger`,
  attributeName: most => `ett attributs namn har 1 till ${most} tecken`,
  tooManyAttributes: most => `en kund har högst ${most} attribut`,
}
