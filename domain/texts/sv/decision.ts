import type { decision as english } from '../en/decision.ts'
import { everywhere } from './everywhere.ts'

const counted = {
  customers: 'mogna kunder',
  successes: 'kunder med utfallet',
  failures: 'kunder utan utfallet',
}
const kinds = { unsubscribes: 'avregistrerade', complaints: 'klagomål' }
const one = new Intl.NumberFormat('sv-SE', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const two = new Intl.NumberFormat('sv-SE', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

export const decision: typeof english = {
  holdout: 'kontrollgruppen',
  arm: key => `”${key}”`,
  points: ' procentenheter',
  level: (x, share) => (share ? everywhere.percent(x) : everywhere.cents(x)),
  size: (x, share) => (share ? one.format(100 * x) : everywhere.cents(x)),
  faults: {
    sameKey: 'två armar har samma nyckel',
    differentKinds: 'armarna mäts på olika sätt',
    impossibleCount: 'en arm har ett omöjligt antal kunder',
    moreSuccesses: 'en arm har fler lyckade utfall än kunder',
    impossibleMean: 'en arm har ett omöjligt medelvärde eller en omöjlig varians',
    impossiblePlan: 'experimentets plan är omöjlig',
    sharesOnly: 'den exakta metoden jämför andelar, inte medelvärden',
  },
  badInput: fault => `De här resultaten kan inte bedömas: ${fault}.`,
  singleArm: 'Det finns bara en arm, så det finns inget att jämföra den med.',
  noExperiment:
    'Den här kampanjen har inget experiment, så det finns inget att jämföra med: en kontrollgrupp eller en andra variant skulle visa vad den förändrar.',
  runsNoExperiment: 'Den här kampanjen har inget experiment.',
  noMeasure:
    'Inget mål i kampanjen säger vad framgång är, så det finns inget att räkna: ge ett mål dess "success", eller välj ett annat mått.',
  mixedCurrency:
    'Beställningarna kom i flera valutor och några saknar kurs, så beloppen kan inte läggas ihop: ange "currencies.rates" i inställningarna.',
  drew: (version, shares) => `version ${version} drog ${shares}`,
  changed: drew =>
    `Experimentet ändrades medan det pågick (${drew.join('; ')}). De som kom in vid olika tider står i olika armar och får därför inte jämföras tillsammans: titta på en körning med ?run=, eller på en version med ?version=.`,
  sampleRatio: oneIn =>
    `Armarna fick inte de kunder de skulle ha: en så ojämn fördelning uppstår av en slump i ${oneIn === null ? 'mindre än ett fall på en miljon' : `ungefär 1 fall av ${everywhere.whole(oneIn)}`}. Något är fel i tilldelningen eller spårningen, så armarna får inte jämföras.`,
  afterPromotion: 'Alla här kom in efter att vinnaren infördes: ingen lottades, så det finns inget att jämföra.',
  nobodyYet: 'Ingen har kommit in ännu, så det finns inget att jämföra.',
  noneMatured: enrolled =>
    `Ingen av de ${everywhere.whole(enrolled)} kunderna har varit inne tillräckligt länge för att räknas ännu.`,
  days: (has, needs) => `För tidigt: ${has} av ${needs} dagars kunder har mognat, och veckodagar skiljer sig åt.`,
  noSpread: arm => `För få för att bedöma: alla kunder i ${arm} har samma värde hittills.`,
  burnIn: (arm, has, needs, of) =>
    `För få för att bedöma: ${arm} har ${everywhere.whole(has)} av de ${needs} ${counted[of]} som en bedömning kräver.`,
  wins: arm => `${arm} vinner.`,
  doesHarm: measure => `Kampanjen gör skada: kunder som lämnas ifred klarar sig bättre i ${measure}`,
  isBetter: (arm, rival, measure) => `${arm} är bättre än ${rival ?? 'alla andra armar'} i ${measure}`,
  winner: (verdict, { mine, theirs, rival, difference, low, high }) =>
    `${verdict}: ${mine} mot ${theirs} för ${rival}, en skillnad på ${difference}, mellan ${low} och ${high} hur ofta man än tittar.`,
  butSmall: 'Skillnaden är verklig, men mindre än vad som angavs spela roll.',
  noDifference: (measure, most, allowed) =>
    `Ingen arm skiljer sig från en annan i ${measure} med mer än ${most}, vilket ryms inom de ${allowed} som angavs inte spela roll: välj efter kostnad eller smak.`,
  nothingToCompare: 'det finns inget att jämföra',
  areLevel: (best, rival) => `${best} och ${rival} ligger lika`,
  ahead: (best, rival, by) => `${best} ligger före ${rival} med ${by}`,
  standing: (lead, measure, low, high) =>
    `${lead} i ${measure}, men den verkliga skillnaden kan ligga var som helst mellan ${low} och ${high}`,
  allTheSame: 'Inte klart ännu: alla kunder ser lika ut hittills, så det finns ingen spridning att bedöma efter.',
  notYet: (standing, more) =>
    `Inte klart ännu: ${standing}. ${
      more === null
        ? 'Inget antal kunder avgör det med de här andelarna'
        : `Ungefär ${everywhere.whole(more)} fler mogna kunder bör avgöra det om andelarna förblir som de är`
    }.`,
  overTooLittle: 'Inget beslut: den planerade tiden är slut och det finns för lite att jämföra.',
  over: standing => `Inget beslut: den planerade tiden är slut. ${standing}.`,
  stoppedArm: (arm, customers, of, kind, limit) =>
    `”${arm}” stoppades: ${customers} av dess ${of} kunder (${two.format((100 * customers) / of)} %) är ${kinds[kind]}, säkert fler än de ${everywhere.number(100 * limit)} % som tillåts.`,
}
