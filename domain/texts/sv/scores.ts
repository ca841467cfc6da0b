import type { scores as english } from '../en/scores.ts'

const number = (n: number): string => String(n).replace('.', ',')
const parts: Record<string, string> = {
  engagement: 'engagemang',
  rhythm: 'rytm',
  subscription: 'prenumeration',
  nps: 'NPS',
  csat: 'nöjdhet',
}

export const scores: typeof english = {
  reasons: {
    no_orders: 'inget köp ännu',
    no_repeat: 'bara ett köp: modellen kan inte säga om kunden kommer tillbaka',
    too_few_customers: 'färre än 500 kunder med ett köp: för få att lära av',
    too_few_repeaters: 'färre än 50 kunder köpte igen: för få att lära av',
    no_fit: 'modellen passar inte de här köpen',
    invalid_input: 'köpen kan inte läsas som en historik',
    insufficient_parts: 'mindre än hälften av det som betyget vilar på är känt',
  },
  lifecycle: (stage, days, gap) => `${stage}: tyst i ${days} ${days === 1 ? 'dag' : 'dagar'}, vanligt mellanrum ${number(gap)}`,
  rfm: ({ recencyDays, recency, orders, frequency, spend, monetary }) =>
    `senaste beställning för ${recencyDays} dagar sedan (${recency} av 5), ${orders} beställningar (${frequency} av 5), ${number(spend)} i köp (${monetary} av 5)`,
  part: (name, score) => `${parts[name] ?? name} ${score}`,
  health: (value, said) => `${value} av 100: ${said.join(', ')}`,
  churnRisk: (percent, purchases, days) => `till ${percent} % troligen borta; ${number(purchases)} köp väntas inom ${days} dagar`,
  neverSeen: 'aldrig sedd',
  engagement: (recent, before) => `${recent} händelser på 30 dagar, ${before} under de 30 dessförinnan`,
  noNps: 'inget NPS-svar',
  nps: answer => `NPS-svar ${answer}`,
  noCsat: 'inget svar om nöjdhet',
  csat: answer => `nöjdhet ${answer} av 5`,
}
