import type { templates as english } from '../en/templates.ts'

export const templates: typeof english = {
  'churn-prevention': {
    name: 'Förebygg bortfall vid minskad användning',
    description: 'För betalande kunder vars risk att lämna har stigit: först hjälp, sedan en människa. Här säljs inget till dem.',
  },
  'cross-sell': {
    name: 'Merförsäljning efter ett köp',
    description: 'En vecka efter en beställning: vad som passar till, för dem som inte har köpt det under tiden.',
  },
  'dividend-notice': {
    name: 'Meddelande om utdelning',
    description:
      'Berättar för medlemmar i en förening eller ägare av aktier vad som betalas ut till dem och när. De har rätt till det, så det är ingen marknadsföring.',
  },
  'early-access': {
    name: 'Förhandstillgång',
    description: 'Släpper in dina bästa kunder före alla andra och frågar vad de tycker.',
  },
  education: { name: 'Lektionsserie', description: 'En lektion i veckan, på tisdagsmorgnar där kunden bor.' },
  feedback: {
    name: 'Återkoppling: rekommendationsvärde',
    description:
      'Frågar om kunden skulle rekommendera oss; ett lågt svar öppnar en uppgift för en människa, ett högt ber om ett omdöme.',
  },
  launch: {
    name: 'Produktlansering',
    description: 'Ett tillkännagivande till alla, och en gång till för dem som inte öppnade det.',
  },
  onboarding: {
    name: 'Välkomstserie',
    description:
      'Tre brev under första veckan: det första steget genast, hjälp för den som inte har tagit det, och vad andra gör sedan.',
  },
  'payment-failed': {
    name: 'Betalningen misslyckades',
    description: 'Ber genast om ett annat kort, igen efter tre dagar, och lämnar över till en människa efter en vecka.',
  },
  'perk-nudge': {
    name: 'Påminnelse om förmån',
    description: 'Påminner kunder om en förmån de betalar för och inte har använt på två månader.',
  },
  'points-expiring': {
    name: 'Poäng som går ut, nästa nivå nära',
    description: 'Berättar för den som har poäng som går ut vad de räcker till, och gratulerar den som når en ny nivå.',
  },
  referral: {
    name: 'Värvning',
    description: 'Ber dem som skulle rekommendera dig att göra det, och belönar dem när en vän kommer.',
  },
  renewal: {
    name: 'Besked om förnyelse',
    description:
      'Två veckor innan en prenumeration förnyas: vad den gav, vad den kostar, hur man ändrar den. Kunden har rätt till det, så det är ingen marknadsföring.',
  },
  replenishment: {
    name: 'Påfyllning',
    description: 'När det som köptes tar slut: en påminnelse, om det inte redan har köpts igen.',
  },
  'service-recovery': {
    name: 'Gottgörelse',
    description: 'När något gick fel: en ursäkt genast, en människa inom ett dygn, och poäng först när det är rättat.',
  },
  'trial-ending': {
    name: 'Provperioden tar slut',
    description:
      'Tre dagar innan en provperiod tar slut: vad som uppnåddes, sedan vad som skulle gå förlorat. Den som blir kund dessförinnan får det aldrig.',
  },
  upsell: {
    name: 'Uppgradering för de superfriska',
    description: 'För kunder som får ut mest av det de har: nästa plan, högst en gång i kvartalet.',
  },
  'win-back': {
    name: 'Återvinn',
    description:
      'För kunder som har tystnat sedan en månad: först en anledning att komma tillbaka, sedan ett erbjudande som går ut. En kontrollgrupp visar vad det är värt.',
  },
}
