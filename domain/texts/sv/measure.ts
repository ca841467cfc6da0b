import type { measure as english } from '../en/measure.ts'

export const measure: typeof english = {
  names: {
    conversion: () => 'konvertering',
    retention: (from, to) => `återkomst från ${from} till ${to}`,
    revenue: () => 'intäkt per kund',
    churn: within => `bortfall inom ${within}`,
    unsubscribes: () => 'avregistreringar',
    complaints: () => 'klagomål',
  },
  success: (event, filters, within) => `”${event}”${filters && ` (${filters})`} inom ${within}`,
  noSuccess: 'inget mål i kampanjen säger vad framgång är',
  conversion: said => `kunder med ${said.join(' eller ')} efter att de kom in ÷ kunder som kom in för så länge sedan`,
  retention: (event, from, to) =>
    `kunder med ”${event}” från ${from} till ${to} efter att de kom in ÷ kunder som kom in för minst ${to} sedan`,
  revenue: (event, windows, cap) =>
    `summan av ”${event}” inom ${windows.join(' eller ')} efter att de kom in${cap === undefined ? '' : `, högst ${cap} per kund,`} ÷ kunder som kom in för så länge sedan, även de utan beställning`,
  takesNo: (kind, option) => `${kind} har inget ”${option}”`,
  leaveOut: option => `Utelämna ”${option}”, eller fråga efter ett mått som har det.`,
  churnOfSubscriptions: within =>
    `kunder vars prenumeration löpte när de kom in och inte ${within} senare ÷ kunder vars prenumeration löpte när de kom in för så länge sedan`,
  churnOfOrders: (event, within) =>
    `kunder utan ”${event}” inom ${within} efter att de kom in ÷ kunder som kom in för så länge sedan`,
  unsubscribes: within =>
    `kunder som avregistrerade en kanal inom ${within} efter att de kom in ÷ kunder som kom in för så länge sedan`,
  complaints: within =>
    `kunder som klagade på ett meddelande inom ${within} efter att de kom in ÷ kunder som kom in för så länge sedan`,
  population:
    'Alla som skrevs in, i den arm de tilldelades, oavsett om något skickades; den som kom in flera gånger räknas en gång, efter första vistelsen i de körningar som visas.',
  curve: {
    minute: {
      subscription: 'Kaplan-Meier: andelen vars prenumeration inte har avslutats, efter hela minuter sedan de kom in.',
      event: 'Kaplan-Meier: andelen som ännu inte har haft händelsen, efter hela minuter sedan de kom in.',
    },
    hour: {
      subscription: 'Kaplan-Meier: andelen vars prenumeration inte har avslutats, efter hela timmar sedan de kom in.',
      event: 'Kaplan-Meier: andelen som ännu inte har haft händelsen, efter hela timmar sedan de kom in.',
    },
    day: {
      subscription: 'Kaplan-Meier: andelen vars prenumeration inte har avslutats, efter hela dagar sedan de kom in.',
      event: 'Kaplan-Meier: andelen som ännu inte har haft händelsen, efter hela dagar sedan de kom in.',
    },
  },
  exploratory:
    'Medlemmar som de är nu, och en av många möjliga indelningar: en skillnad som syns här är en fråga till nästa experiment, inte ett svar.',
}
