import type { problems as english } from '../en/problems.ts'

export const problems: typeof english = {
  malformed: { title: 'Begäran har inte den väntade formen', hint: 'Rätta de nämnda fälten och skicka den igen.' },
  unauthorized: {
    title: 'Ingen giltig nyckel',
    hint: 'Skicka "Authorization: Bearer KEY" med en nyckel till den här installationen.',
  },
  forbidden: {
    title: 'Inte tillåtet för den här rollen',
    hint: 'Använd en nyckel vars roll tillåter detta, eller fråga en ägare.',
  },
  badSignature: { title: 'Signaturen stämmer inte', hint: 'Kontrollera signeringsnyckeln som är inställd för leverantören.' },
  notFound: { title: 'Något sådant finns inte', hint: 'Kontrollera namnet i sökvägen.' },
  methodNotAllowed: { title: 'Sökvägen tar inte den metoden', hint: 'Se /docs för sökvägens metoder.' },
  conflict: { title: 'Inte möjligt i det nuvarande läget', hint: 'Läs det nuvarande läget och bestäm på nytt.' },
  idempotencyConflict: {
    title: 'Denna Idempotency-Key användes med en annan begäran',
    hint: 'Använd en ny nyckel för en ny begäran.',
  },
  stale: {
    title: 'Någon annan ändrade det under tiden',
    hint: 'Läs det igen och skicka sedan ändringen med den nya versionen i If-Match.',
  },
  tooLarge: { title: 'Begäran är för stor', hint: 'Skicka den i mindre delar.' },
  unsupportedMedia: {
    title: 'Innehållstypen förstås inte',
    hint: 'Skicka application/json, eller vad /docs anger för sökvägen.',
  },
  unprocessable: { title: 'Rätt formad, men utan möjlig mening', hint: 'Rätta de nämnda fälten.' },
  tooMany: { title: 'För många begäranden', hint: 'Vänta så länge som Retry-After säger.' },
  internal: { title: 'Något gick fel här', hint: 'Försök igen; om det består, ge driftansvarig begärans id.' },
  notBuilt: { title: 'Inte byggt ännu', hint: 'Se CHANGELOG.md för vad som finns.' },
  unavailable: { title: 'En del som behövs är borta', hint: 'Försök igen efter sekunderna i Retry-After.' },
}
