const channels: Record<string, string> = { email: 'e-mail', sms: 'SMS', inApp: 'in-app message', all: 'message' }
const address: Record<string, string> = { email: 'e-mail address', sms: 'phone number' }
const forbidden: Record<string, string> = {
  bounce: 'mail to it came back',
  complaint: 'they called a message spam',
  stop: 'they answered STOP',
  unsubscribed: 'they unsubscribed',
  manual: 'somebody of the team put it on the list',
  import: 'it came with an imported list',
}
const since = (date: string | undefined): string => (date ? ` (since ${date})` : '')
const times = (n: number, channel: string): string =>
  `${n} ${channels[channel] ?? channel}${n === 1 || channel === 'sms' ? '' : 's'}`

interface Clock {
  /** "2026-03-02 14:03", in the zone. */
  at: string
  zone: string
  /** The zone is the default, as theirs is not known. */
  assumed: boolean
}
interface Hours {
  from: string
  until: string
}

/** Of the catalogue: why a person got a message, or not, or not yet: each decision with the facts it rested on. Days come as "2026-03-02". */
export const story = {
  entered: (trigger: string): string => `Came in: ${trigger}.`,
  enteredBy: (event: string, at: string): string => `Came in because "${event}" happened, at ${at} on their clock.`,
  notLaunched: 'The campaign was never launched.',
  notMet: (trigger: string): string => `Nothing has let them in: people come in ${trigger}.`,
  over: 'Nobody comes in any more: the campaign is over.',
  paused: 'The campaign is paused: nobody comes in until it goes on.',
  moved: (from: number, to: number): string =>
    `The campaign was edited: they went on by version ${to} where they stood in version ${from}.`,
  never: (entered: string): string => `They came in at ${entered} on their clock, and nobody comes in twice.`,
  againFrom: (entered: string, from: string): string =>
    `They came in at ${entered} on their clock, and may come in again from ${from}.`,
  fits: (rule: string): string => `They fit the audience: ${rule}.`,
  fitsNot: (rule: string): string => `They do not fit the audience (${rule}); what fails is marked.`,
  taken: (campaign: string, group: string, day: string): string =>
    `Campaign ${campaign} of the group "${group}" has had them since ${day}; one campaign of a group has a customer at a time.`,
  goal: (goal: string, rule: string): string => `Their goal is "${goal}", the first whose rule they fit: ${rule}.`,
  goalFits: (goal: string): string => `They fit the goal "${goal}".`,
  goalFitsNot: (goal: string): string => `They do not fit the goal "${goal}"; what fails is marked.`,
  nothingCompared: 'Nothing is compared in this campaign: everybody gets the same.',
  drawn: (variant: string, u: string): string =>
    `Their number ${u}, between 0 and 1 and always the same for them here, drew the variant "${variant}".`,
  heldOut: (u: string, share: string): string =>
    `Kept out, to compare with: their number ${u}, between 0 and 1, lies within the holdout's ${share}.`,
  assigned: {
    kept: (variant: string): string => `They keep the variant "${variant}" of their first stay.`,
    promoted: (variant: string): string => `The variant "${variant}" won and goes to everybody outside the holdout.`,
    replaced: (variant: string): string => `The variant they drew was stopped; they have "${variant}" instead.`,
  },
  split: (arm: string): string => `Went the way of the variant "${arm}".`,
  globalHoldout: (u: string, share: string): string =>
    `Kept out of all campaigns, to compare with: their number ${u}, between 0 and 1, lies within the ${share} of the holdout.`,
  contactable: 'They are outside the holdout of all campaigns.',
  left: ({ at, zone, assumed }: Clock, hours: Hours | undefined): string =>
    `It left when their clock showed ${at} (${zone}${assumed ? ', assumed: theirs is not known' : ''})${hours ? `; quiet hours are from ${hours.from} to ${hours.until}` : ''}.`,
  consented: (day: string, source: string, topic: string): string =>
    `They had said yes${topic ? ` to "${topic}"` : ''} on ${day} (${source}).`,
  askedNone: 'Nothing they said forbade it, and no consent is asked for here.',
  capsBefore: (caps: readonly { channel: string; count: number; max: number; span: string }[]): string =>
    `Before it they had had ${caps.map(({ channel, count, max, span }) => `${times(count, channel)} within ${span} (at most ${max})`).join(', ')}.`,
  status: {
    queued: 'It did not leave and will be tried again',
    sending: 'It is on its way to the provider',
    uncertain: 'Whether it left is not known; evidence is looked for',
    held: 'Whether it left could not be found out; it is held, so that nobody gets it twice',
    failed: 'The provider refused it',
    bounced: 'It came back',
    dropped: 'The provider did not pass it on',
    complained: 'They called it spam',
  } as Record<string, string>,
  because: (why: string): string => `: ${why}.`,
  erased: 'They were erased; nothing is written to who was.',
  suppressed: (reason: string, date: string | undefined): string =>
    `Nobody may write to this address: ${forbidden[reason] ?? reason}${since(date)}.`,
  unsubscribed: (topic: string, date: string | undefined, source: string | undefined): string =>
    `They said stop${topic ? ` to "${topic}"` : ''}${date ? ` on ${date}` : ''}${source ? ` (${source})` : ''}.`,
  noConsent: (channel: string, topic: string | null): string =>
    `Marketing by ${channels[channel] ?? channel} asks for a yes${topic ? ` to "${topic}"` : ''}, and none is on record.`,
  noAddress: (channel: string): string => `No ${address[channel] ?? channel} of theirs is known.`,
  goalReached: 'They had reached the goal.',
  exited: 'They had left the journey.',
  notCompared: 'They are kept out, to compare with.',
  budget: (spent: string, amount: string, cost: string, currency: string): string =>
    `The budget cannot pay it: ${spent} of ${amount} ${currency} are spent, and it costs ${cost}.`,
  capped: (count: number, max: number, channel: string, span: string): string =>
    `They had had ${times(count, channel)} within ${span}; at most ${max} are allowed.`,
  quiet: ({ at, zone, assumed }: Clock, hours: Hours, leaves: string): string =>
    `Their clock showed ${at} (${zone}${assumed ? ', assumed: theirs is not known' : ''}), and quiet hours last from ${hours.from} to ${hours.until}; it leaves at ${leaves} there.`,
  lacks: (path: string): string => `Its text needs ${path}, which they lack, and has no other word for it.`,
  broken: (fault: string): string => `Its text could not be made for them: ${fault}.`,
  dropped: 'The step was taken out by an edit, or the campaign stopped, before it could leave.',
  webhook: (attempts: number, why: string): string =>
    `The call failed ${attempts} time${attempts === 1 ? '' : 's'} and is given up: ${why}.`,
  waits: (due: string): string => `They wait until ${due} on their clock.`,
  awaits: (what: readonly string[], due: string): string =>
    `They wait for ${what.join(' or ')}, until ${due} on their clock at the latest.`,
  taskDone: 'the task to be done',
  standsStill: 'The campaign is paused; they go on when it does.',
  happened: 'What they waited for came.',
  timedOut: 'What they waited for did not come in its time.',
  went: (way: string): string => `Went the way "${way}".`,
  otherwise: 'No case fitted; went the other way.',
  ended: {
    completed: 'They went all the way.',
    converted: 'They reached the goal.',
    exited: 'They left early, by a rule or a step that ends the journey.',
    unsubscribed: 'They unsubscribed.',
    erased: 'They were erased.',
    holdout: 'Kept out, to compare with: their journey ended as it began.',
    stopped: 'The campaign was stopped.',
  } as Record<string, string>,
}
