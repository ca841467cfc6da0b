import type { reports as english } from '../en/reports.ts'

export const reports: typeof english = {
  definition: (window, active) =>
    `Aktiv: minst en ”${active}” i ett fönster på ${window}. Behållna (CRR) och bortfall (netto) över dem som var aktiva i fönstret före; återköp: ≥ 2 beställningar av dem med ≥ 1; livstidsvärde enligt revenueLifespan: intäkt per aktiv kund och fönster ÷ bortfall. Andelar är procent, skillnader bråk.`,
  days: days => `${days} dagar`,
  noGlobalHoldout:
    'Ingen global kontrollgrupp är satt, så inget säger vad som skulle hända helt utan kampanjer: ange "globalHoldout" i inställningarna.',
  emptyGroup: 'En av de två grupperna är tom, så det finns inget att jämföra.',
  everybodyKnown: share =>
    `Alla som var kända före fönstret, efter den hash som håller ${(100 * share).toFixed(1).replace('.', ',')} % utanför alla kampanjer.`,
  tainted: contacted =>
    `${contacted} i kontrollgruppen fick ändå meddelanden under tiden (de hade kommit in tidigare), vilket får skillnaden att se mindre ut än den är.`,
  nobodyBefore: window =>
    `Ingen kom in för ${window} sedan eller tidigare, så det finns ingen tid efter att jämföra med tiden före.`,
  noHoldout:
    'Den här kampanjen har ingen kontrollgrupp: före och efter visar vad som förändrades, inte vad kampanjen förändrade.',
  onlyDifference: 'Kontrollgruppen visar vad som ändå skulle ha förändrats; bara skillnaden mot den är kampanjen.',
}
