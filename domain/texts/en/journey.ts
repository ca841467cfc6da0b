/** Of the catalogue: what begins a campaign and what its steps do. Spans of time come written out. */
export const journey = {
  triggers: {
    now: 'at launch',
    at: (at: string): string => `at ${at}`,
    schedule: (cron: string, zone: string): string => `on the schedule ${cron} (${zone})`,
    event: (event: string): string => `when "${event}" happens`,
    inactivity: (event: string | undefined, span: string): string =>
      `when a customer has ${event ? `not done "${event}"` : 'been silent'} for ${span}`,
    trialEnds: (span: string): string => `${span} before a trial ends`,
    trialEnded: (span: string): string => `${span} after a trial ended`,
    segmentEntry: (segment: string): string => `when a customer enters the segment "${segment}"`,
    date: (attribute: string, side: 'before' | 'after' | 'on', span: string, yearly: boolean): string =>
      `${side === 'on' ? 'on' : `${span} ${side}`} ${attribute}${yearly ? ', every year' : ''}`,
  },
  steps: {
    message: { email: 'sends an e-mail', sms: 'sends an SMS', inApp: 'sends an in-app message' },
    waits: (span: string): string => `waits ${span}`,
    waitsUntil: (time: string | undefined, weekdays: readonly string[] | undefined): string =>
      `waits until ${time}${weekdays ? ` on ${weekdays.join(', ')}` : ''} local time`,
    awaits: (span: string, what: readonly string[]): string => `waits up to ${span} for ${what.join(' or ')}`,
    event: (event: string): string => `"${event}"`,
    reaction: (was: 'opened' | 'clicked' | 'replied' | 'seen' | 'delivered'): string => `the message to be ${was}`,
    branch: (rules: number): string => `divides by ${rules === 1 ? 'a rule' : `${rules} rules`}`,
    split: (arms: readonly string[]): string => `divides by variant into ${arms.join(', ')}`,
    set: (attributes: readonly string[]): string => `sets ${attributes.join(', ')}`,
    percentBack: (percent: number): string => `gives ${percent}% back in points`,
    points: (points: number | undefined): string => `awards ${points} points`,
    offer: (key: string): string => `offers ${key}`,
    task: (title: string): string => `opens the task "${title}"`,
    taskAwaits: (title: string, span: string): string => `opens the task "${title}" and waits up to ${span} for what comes of it`,
    webhook: (host: string): string => `calls ${host}`,
    survey: { nps: 'asks the recommendation question', csat: 'asks the satisfaction question' },
    exit: 'ends the journey',
  },
}
