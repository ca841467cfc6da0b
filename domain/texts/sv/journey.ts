import type { journey as english } from '../en/journey.ts'

const days: Record<string, string> = {
  mon: 'måndag',
  tue: 'tisdag',
  wed: 'onsdag',
  thu: 'torsdag',
  fri: 'fredag',
  sat: 'lördag',
  sun: 'söndag',
}
const reactions = {
  opened: 'öppnas',
  clicked: 'klickas',
  replied: 'besvaras',
  seen: 'ses',
  delivered: 'levereras',
}

export const journey: typeof english = {
  triggers: {
    now: 'vid start',
    at: at => `vid ${at}`,
    schedule: (cron, zone) => `enligt schemat ${cron} (${zone})`,
    event: event => `när "${event}" händer`,
    inactivity: (event, span) => `när en kund ${event ? `inte har gjort "${event}"` : 'har varit tyst'} på ${span}`,
    trialEnds: span => `${span} innan en provperiod tar slut`,
    trialEnded: span => `${span} efter att en provperiod tog slut`,
    segmentEntry: segment => `när en kund kommer in i segmentet "${segment}"`,
    date: (attribute, side, span, yearly) =>
      `${side === 'on' ? 'på' : `${span} ${side === 'before' ? 'före' : 'efter'}`} ${attribute}${yearly ? ', varje år' : ''}`,
  },
  steps: {
    message: { email: 'skickar ett e-postmeddelande', sms: 'skickar ett sms', inApp: 'skickar ett meddelande i appen' },
    waits: span => `väntar ${span}`,
    waitsUntil: (time, weekdays) =>
      `väntar till ${time}${weekdays ? ` på ${weekdays.map(day => days[day] ?? day).join(', ')}` : ''} lokal tid`,
    awaits: (span, what) => `väntar upp till ${span} på ${what.join(' eller ')}`,
    event: event => `"${event}"`,
    reaction: was => `att meddelandet ${reactions[was]}`,
    branch: rules => `delar efter ${rules === 1 ? 'en regel' : `${rules} regler`}`,
    split: arms => `delar efter variant i ${arms.join(', ')}`,
    set: attributes => `sätter ${attributes.join(', ')}`,
    percentBack: percent => `ger ${String(percent).replace('.', ',')} % tillbaka i poäng`,
    points: points => `ger ${points} poäng`,
    offer: key => `erbjuder ${key}`,
    task: title => `öppnar uppgiften "${title}"`,
    taskAwaits: (title, span) => `öppnar uppgiften "${title}" och väntar upp till ${span} på vad som blir av den`,
    webhook: host => `anropar ${host}`,
    survey: { nps: 'ställer rekommendationsfrågan', csat: 'ställer nöjdhetsfrågan' },
    exit: 'avslutar resan',
  },
}
