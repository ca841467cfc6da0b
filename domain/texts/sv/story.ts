import type { story as english } from '../en/story.ts'

const channels: Record<string, string> = { email: 'e-post', sms: 'sms', inApp: 'meddelande i appen', all: 'meddelande' }
const many: Record<string, string> = { email: 'e-postbrev', sms: 'sms', inApp: 'meddelanden i appen', all: 'meddelanden' }
const address: Record<string, string> = { email: 'e-postadress', sms: 'telefonnummer' }
const forbidden: Record<string, string> = {
  bounce: 'post dit kom tillbaka',
  complaint: 'personen kallade ett meddelande skräppost',
  stop: 'personen svarade STOPP',
  unsubscribed: 'personen avanmälde sig',
  manual: 'någon i teamet satte den på listan',
  import: 'den kom med en importerad lista',
}
const since = (date: string | undefined): string => (date ? ` (sedan ${date})` : '')
const times = (n: number, channel: string): string => `${n} ${many[channel] ?? channel}`

/** Ur katalogen: varför någon fick ett meddelande, eller inte, eller inte än. */
export const story: typeof english = {
  entered: trigger => `Kom in: ${trigger}.`,
  enteredBy: (event, at) => `Kom in eftersom "${event}" hände, ${at} på personens klocka.`,
  notLaunched: 'Kampanjen har aldrig startats.',
  notMet: trigger => `Inget har släppt in personen: man kommer in ${trigger}.`,
  over: 'Ingen kommer in längre: kampanjen är över.',
  paused: 'Kampanjen är pausad: ingen kommer in förrän den fortsätter.',
  moved: (from, to) => `Kampanjen ändrades: personen gick vidare i version ${to} där den stod i version ${from}.`,
  never: entered => `Personen kom in ${entered} på sin klocka, och ingen kommer in två gånger.`,
  againFrom: (entered, from) => `Personen kom in ${entered} på sin klocka och får komma in igen från ${from}.`,
  fits: rule => `Hör till målgruppen: ${rule}.`,
  fitsNot: rule => `Hör inte till målgruppen (${rule}); det som brister är markerat.`,
  taken: (campaign, group, day) =>
    `Kampanj ${campaign} i gruppen "${group}" har haft personen sedan ${day}; en kampanj i en grupp har en kund åt gången.`,
  goal: (goal, rule) => `Målet är "${goal}", det första vars regel passar: ${rule}.`,
  goalFits: goal => `Passar målet "${goal}".`,
  goalFitsNot: goal => `Passar inte målet "${goal}"; det som brister är markerat.`,
  nothingCompared: 'Inget jämförs i kampanjen: alla får detsamma.',
  drawn: (variant, u) => `Personens tal ${u}, mellan 0 och 1 och alltid detsamma här, gav varianten "${variant}".`,
  heldOut: (u, share) => `Hålls utanför, att jämföra med: talet ${u}, mellan 0 och 1, ligger inom kontrollgruppens ${share}.`,
  assigned: {
    kept: variant => `Behåller varianten "${variant}" från första gången.`,
    promoted: variant => `Varianten "${variant}" vann och går till alla utanför kontrollgruppen.`,
    replaced: variant => `Varianten som talet gav har stoppats; personen har "${variant}" i stället.`,
  },
  split: arm => `Gick vägen för varianten "${arm}".`,
  globalHoldout: (u, share) =>
    `Hålls utanför alla kampanjer, att jämföra med: talet ${u}, mellan 0 och 1, ligger inom kontrollgruppens ${share}.`,
  contactable: 'Hör inte till kontrollgruppen för alla kampanjer.',
  left: ({ at, zone, assumed }, hours) =>
    `Det skickades när personens klocka visade ${at} (${zone}${assumed ? ', antagen: personens egen är inte känd' : ''})${hours ? `; tysta timmar är från ${hours.from} till ${hours.until}` : ''}.`,
  consented: (day, source, topic) => `Personen hade sagt ja${topic ? ` till "${topic}"` : ''} den ${day} (${source}).`,
  askedNone: 'Inget personen sagt förbjöd det, och inget samtycke krävs här.',
  capsBefore: caps =>
    `Innan dess hade personen fått ${caps.map(({ channel, count, max, span }) => `${times(count, channel)} inom ${span} (högst ${max})`).join(', ')}.`,
  status: {
    queued: 'Det skickades inte och prövas igen',
    sending: 'Det är på väg till leverantören',
    uncertain: 'Om det skickades är inte känt; belägg söks',
    held: 'Om det skickades gick inte att få veta; det hålls kvar, så att ingen får det två gånger',
    failed: 'Leverantören vägrade',
    bounced: 'Det kom tillbaka',
    dropped: 'Leverantören förde det inte vidare',
    complained: 'Personen kallade det skräppost',
  },
  because: why => `: ${why}.`,
  erased: 'Personen är raderad; till den skrivs inget.',
  suppressed: (reason, date) => `Ingen får skriva till adressen: ${forbidden[reason] ?? reason}${since(date)}.`,
  unsubscribed: (topic, date, source) =>
    `Personen har sagt stopp${topic ? ` till "${topic}"` : ''}${date ? ` den ${date}` : ''}${source ? ` (${source})` : ''}.`,
  noConsent: (channel, topic) =>
    `Reklam med ${channels[channel] ?? channel} kräver ett ja${topic ? ` till "${topic}"` : ''}, och inget finns antecknat.`,
  noAddress: channel => `Personens ${address[channel] ?? channel} är inte känd.`,
  goalReached: 'Personen hade nått målet.',
  exited: 'Personen hade lämnat resan.',
  notCompared: 'Personen hålls utanför, att jämföra med.',
  budget: (spent, amount, cost, currency) =>
    `Budgeten räcker inte: ${spent} av ${amount} ${currency} är förbrukade, och det kostar ${cost}.`,
  capped: (count, max, channel, span) => `Personen hade fått ${times(count, channel)} inom ${span}; högst ${max} är tillåtna.`,
  quiet: ({ at, zone, assumed }, hours, leaves) =>
    `Personens klocka visade ${at} (${zone}${assumed ? ', antagen: personens egen är inte känd' : ''}), och tysta timmar är från ${hours.from} till ${hours.until}; det skickas ${leaves} där.`,
  lacks: path => `Texten behöver ${path}, som personen saknar, och har inget annat ord för det.`,
  broken: fault => `Texten kunde inte göras för personen: ${fault}.`,
  dropped: 'Steget togs bort vid en ändring, eller kampanjen stoppades, innan det kunde skickas.',
  webhook: (attempts, why) => `Anropet misslyckades ${attempts} ${attempts === 1 ? 'gång' : 'gånger'} och har getts upp: ${why}.`,
  waits: due => `Väntar till ${due} på sin klocka.`,
  awaits: (what, due) => `Väntar på ${what.join(' eller ')}, längst till ${due} på sin klocka.`,
  taskDone: 'att uppgiften blir gjord',
  standsStill: 'Kampanjen är pausad; personen går vidare när den gör det.',
  happened: 'Det som väntades kom.',
  timedOut: 'Det som väntades kom inte i tid.',
  went: way => `Gick vägen "${way}".`,
  otherwise: 'Inget fall passade; gick den andra vägen.',
  ended: {
    completed: 'Gick hela vägen.',
    converted: 'Nådde målet.',
    exited: 'Lämnade i förtid, genom en regel eller ett steg som avslutar resan.',
    unsubscribed: 'Avanmälde sig.',
    erased: 'Raderades.',
    holdout: 'Hålls utanför, att jämföra med: resan slutade när den började.',
    stopped: 'Kampanjen stoppades.',
  },
}
