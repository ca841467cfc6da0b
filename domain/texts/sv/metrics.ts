import type { metrics as english } from '../en/metrics.ts'

export const metrics: typeof english = {
  bracketed:
    'Av dem vars första kohorthändelse ligger i fönstret och för vilka intervallet är över, hur många som kom tillbaka någon av dess dagar; i procent.',
  churnReasons: 'Varför prenumerationer avslutades i fönstret: kunder efter det skäl de senast angav, med dess andel i procent.',
  churn: 'Förlorade kunder / kunder vid början, i procent. Netto: borta vid slutet. Brutto: borta minst en gång däremellan.',
  clv: 'Kundens livstidsvärde för varje kund med en beställning, enligt en av fyra definitioner: profit (intäkt − kostnad), totalBusiness (intäkt hittills), revenueLifespan (intäkt per månad × månader, eller ÷ bortfall), basket (varukorg × beställningar per månad × månader × marginal).',
  cohorts:
    'Kunder efter månaden (veckan, dagen) för deras första kohorthändelse, och hur många av dem som var där i varje senare; i procent. En period som inte är över räknas inte.',
  crr: 'Andel behållna kunder: (kunder vid slutet − de som tillkom däremellan) / kunder vid början, i procent.',
  csat: 'Kundnöjdhet: svar från 4 av 5 (eller 6 av 7) och uppåt / giltiga svar, i procent, det senaste från varje kund.',
  grr: 'Bruttobehållning av intäkter: av de återkommande intäkterna vid början, vad som är kvar av varje kund vid slutet, tillväxt oräknad; i procent.',
  leakage:
    'Provperioder som tog slut utan betalning / provperioder som tog slut i fönstret, i procent; de som pågår är inte kända ännu.',
  lifecycle:
    'Kunder med en beställning efter deras stadium vid fönstrets slut, var och en efter rytmen i egna köp; by=month ger stadierna vid varje månads slut och hur kunder flyttade mellan dem.',
  ltvCac:
    'Livstidsvärde efter marginal / kostnad för att vinna en kund (allt som `cost` säger lades ut / kunder som först beställde i fönstret); en kvot.',
  nDay: 'Av dem vars första kohorthändelse ligger i fönstret och vars dag n är över, hur många som kom tillbaka på exakt dag n; i procent.',
  nps: 'Rekommendationsvärde (NPS): procent 9–10 minus procent 0–6 bland hela svar 0–10, det senaste från varje kund.',
  nrr: 'Nettobehållning av intäkter: återkommande intäkter vid slutet från dem som betalade vid början / deras vid början, i procent; nya kunder oräknade.',
  purchaseFrequency: 'Beställningar / kunder med en eller flera, i fönstret; avbrutna och återbetalda beställningar oräknade.',
  renewalRate:
    'Förnyade avtal / avtal vars tid tog slut i fönstret och som förnyades, avslutades eller löpte ut, i procent; de som väntar oräknade.',
  repeatRate:
    'Kunder med två eller fler beställningar / kunder med en eller flera, i procent; avbrutna och återbetalda beställningar oräknade.',
  revenueChurn:
    'Förlorade återkommande intäkter / återkommande intäkter vid början, i procent: brutto (100 − GRR, förval) eller netto (100 − NRR).',
  rfm: 'Kunder efter deras tre betyg från 1 till 5 över fönstrets beställningar: hur nyligen, hur ofta, hur mycket; 1 + ⌊5 · (kunder som är strikt sämre) / alla⌋.',
  survival:
    'Kaplan-Meier: andelen som inte har slutat efter så många dagar, med 95-procentigt intervall; värdet är medianen i dagar. Tills prenumerationen slutar, eller till den andra beställningen.',
  unbounded:
    'Av dem vars första kohorthändelse ligger i fönstret och vars dag n är över, hur många som kom tillbaka dag n eller senare; i procent. Inte jämförbart mellan kohorter av olika ålder.',
}
