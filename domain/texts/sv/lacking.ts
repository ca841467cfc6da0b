import type { lacking as english } from '../en/lacking.ts'

export const lacking: typeof english = {
  customers: (count, of, name) =>
    `${count.toLocaleString('sv-SE')} av ${of.toLocaleString('sv-SE')} har ingen ${name} och skulle hoppas över här`,
  events: (count, of, event, name) =>
    `${count.toLocaleString('sv-SE')} av de senaste ${of.toLocaleString('sv-SE')} "${event}" har ingen ${name}`,
  notCounted: 'målgruppen tar för lång tid att räkna, så ingen vet vilka de här fälten skulle utelämna',
  giveDefaults: 'Ge varje fält ett förval, eller begränsa målgruppen.',
  surveyUrl: 'ingen har en surveyUrl här: bara ett enkätsteg leder till en fråga',
  tier: 'den som ännu inte har någon nivå skulle hoppas över här',
  nextTier: 'den som står på den högsta nivån skulle hoppas över här',
  offer: 'ingen har ett erbjudande här: bara ett erbjudandesteg före det gör ett',
  noEvent: variable => `ingen har ${variable}: ingen händelse för in kunder i den här kampanjen`,
  at: (message, line, column) => `${message} (rad ${line}, kolumn ${column})`,
  writeDefault: variable => `Skriv {{ ${variable} | default: "…" }}, eller kräv det i målgruppen.`,
}
