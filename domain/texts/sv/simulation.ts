import type { simulation as english } from '../en/simulation.ts'

export const simulation: typeof english = {
  share: (customers, of) => `${customers} av ${of} kunder simulerades, ett jämnt urval; multiplicera antalen med sample.scale.`,
  playedBack: minutes =>
    `Det som hände spelas upp i steg om ${minutes} min: händelser, deras antal, senaste aktivitet och prenumerationer, profiler, samtycken, spärrar, uppgifter som håller tillbaka reklam och poängen vid början är de som gällde då; den som inte var känd ännu kommer när den kom.`,
  asOfToday:
    'Av detta sparas inget äldre: betyg, konton, segmentens regler och spärrar som hävts sedan dess är dagens. Det som andra kampanjer skickade räknas mot taken så långt det skickades dessförinnan.',
  nobodyActs: 'Ingen gör något under tiden: inget köps, öppnas eller klickas, och alla leverantörer tar emot.',
  rivals: 'Den som står i en annan kampanj i gruppen stannar där, om inte den här är viktigare.',
}
