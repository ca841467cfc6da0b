import type { plan as english } from '../en/plan.ts'

export const plan: typeof english = {
  singleArm: 'Det finns bara en arm, så det finns inget att jämföra den med.',
  nameEffect: 'Ange den minsta effekt som är värd att hitta: utan den räcker inget antal kunder.',
  cannotChange: 'Andelen kan inte ändras så mycket som den minsta angivna effekten.',
  tooSmall: (needed, audience) =>
    `Ungefär ${needed.toLocaleString('sv-SE')} kunder behövs för att hitta en så liten effekt, men målgruppen har ${audience.toLocaleString('sv-SE')}: experimentet slutar troligen utan svar.`,
  needs: (needed, days) =>
    `Ungefär ${needed.toLocaleString('sv-SE')} kunder behövs för att hitta en så liten effekt${days === null ? '' : `, på ungefär ${days.toLocaleString('sv-SE')} dagar`}.`,
  tooFewPast: (mean, has, needs) =>
    `För få kunder har ett förflutet att lära ${mean ? 'spridningen av intäkter' : 'grundandelen'} av (${has} av minst ${needs}).`,
  sendDeviation: 'Skicka "standardDeviation".',
  sendBaseRate: 'Skicka "baseRate".',
}
