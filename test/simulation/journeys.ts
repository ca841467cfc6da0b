import type { Random } from './random.ts'

type Plain = Record<string, unknown>

const day = 86_400_000
const iso = (at: number) => new Date(at).toISOString()
export const eventNames = ['Visited', 'Order Completed', 'Signed Up', 'Login'] as const

const duties = '{{ postalAddress }} <a href="{{ unsubscribeUrl }}">stop</a>'

const rules = (random: Random): Plain =>
  random.pick<Plain>([
    { attribute: 'plan', is: 'pro' },
    { event: 'Visited', count: { gte: 1 }, within: '10d' },
    { event: 'Order Completed' },
    { not: { event: 'Login', within: '5d' } },
    { any: [{ attribute: 'plan', is: 'free' }, { subscription: { status: 'trialing' } }] },
    { inactive: { for: '6d', neverCounts: true } },
  ])

interface Making {
  random: Random
  /** Names steps, each another. */
  id(): string
  variants: readonly string[]
  /** A message has certainly come before. */
  said: boolean
}

function message(making: Making): Plain {
  const { random } = making
  const channel = random.pick(['email', 'email', 'sms', 'inApp'])
  const kind = random.chance(0.8) ? 'marketing' : 'transactional'
  const id = making.id()
  const content = channel === 'email' ? { subject: id, html: duties } : channel === 'sms' ? { body: id } : { title: id, body: id }
  // What may be sent again on purpose could not be told from what was sent twice by mistake.
  return { kind: 'message', id, channel, class: kind, content, onUncertain: 'hold' }
}

function step(making: Making, depth: number): Plain {
  const { random } = making
  const inner = () => steps({ ...making }, depth + 1)
  const id = making.id()
  const simple: (() => Plain)[] = [
    () => message(making),
    () => message(making),
    () => message(making),
    () => ({ kind: 'wait', id, for: random.pick(['90s', '30m', '5h', '1d', '3d', '1w']) }),
    () => ({
      kind: 'wait',
      id,
      until: random.pick(['09:00', '02:30', '23:59']),
      ...(random.chance(0.4) ? { weekday: ['mon', 'sat'] } : {}),
    }),
    () => ({ kind: 'set', id, attributes: { [`seen${random.int(1, 3)}`]: true, plan: random.pick(['pro', 'free']) } }),
    () => ({ kind: 'award', id, points: random.int(1, 50) }),
    () => ({ kind: 'offer', id, key: 'spring', value: 5, expires: '3d' }),
    () => ({ kind: 'webhook', id, url: 'https://hooks.example/x' }),
    () => ({ kind: 'survey', id, survey: 'nps', channel: 'email' }),
  ]
  if (depth >= 3 || random.chance(0.6)) return random.pick(simple)()
  const deep: (() => Plain)[] = [
    () => ({
      kind: 'await',
      id,
      on:
        making.said && random.chance(0.5)
          ? { message: random.pick(['opened', 'clicked']) }
          : { event: random.pick(eventNames), ...(random.chance(0.3) ? { where: [{ property: 'n', gt: 50 }] } : {}) },
      within: random.pick(['10m', '12h', '2d', '5d']),
      do: inner(),
      else: inner(),
    }),
    () => ({
      kind: 'branch',
      id,
      cases: Array.from({ length: random.int(1, 2) }, () => ({ when: rules(random), do: inner() })),
      else: inner(),
    }),
    () => ({
      kind: 'task',
      id,
      title: 'Call',
      due: random.pick(['6h', '2d']),
      outcomes: { yes: inner(), no: inner() },
      else: inner(),
    }),
    ...(making.variants.length > 0
      ? [() => ({ kind: 'split', id, arms: Object.fromEntries(making.variants.map(key => [key, inner()])) })]
      : []),
    ...(depth > 1 ? [() => ({ kind: 'exit', id })] : []),
  ]
  return random.pick(deep)()
}

function steps(making: Making, depth: number): Plain[] {
  const list: Plain[] = []
  const count = depth === 1 ? making.random.int(2, 6) : making.random.int(0, 2)
  for (let i = 0; i < count; i++) {
    const made = step(making, depth)
    if (made.kind === 'message' || made.kind === 'survey') making.said = true
    list.push(made)
  }
  // Most journeys say something after a while, whatever else they do.
  if (depth === 1 && making.random.chance(0.7))
    list.push({ kind: 'wait', id: making.id(), for: making.random.pick(['30m', '1d', '3d']) }, message(making))
  return list
}

/** A campaign document that is valid, whatever else it is. */
export function randomCampaign(random: Random, start: number, name: string): Plain {
  let numbered = 0
  const id = () => `s${++numbered}`
  const variants = random.chance(0.5) ? ['a', 'b'] : []
  const success = () =>
    random.chance(0.6) ? { success: { event: random.pick(eventNames), within: random.pick(['3d', '20d']) } } : {}
  const goal = (key: string, when?: Plain) => ({
    key,
    kind: 'winBack',
    ...(when ? { when } : {}),
    ...success(),
    journey: steps({ random, id, variants, said: false }, 1),
  })
  return {
    name,
    trigger: random.pick<Plain>([
      { kind: 'now' },
      { kind: 'now' },
      { kind: 'at', at: iso(start + random.int(1, 5) * day) },
      { kind: 'schedule', cron: '30 7 * * *', timezone: random.pick(['Europe/Stockholm', 'UTC']) },
      { kind: 'event', event: random.pick(eventNames) },
      { kind: 'event', event: 'Visited', where: [{ property: 'n', gt: 30 }] },
      { kind: 'inactivity', for: random.pick(['2d', '5d']), existing: random.chance(0.5) },
      { kind: 'trialEnd', before: '3d' },
      { kind: 'date', attribute: 'birthday', yearly: true, before: '1d' },
      { kind: 'segmentEntry', segment: 'pros' },
    ]),
    audience: random.chance(0.7)
      ? { attribute: 'world', is: name }
      : { all: [{ attribute: 'world', is: name }, { not: { attribute: 'plan', is: 'gold' } }] },
    reentry: random.pick<unknown>(['never', 'always', { after: '4d' }]),
    goals: random.chance(0.3) ? [goal('first', rules(random)), goal('second')] : [goal('only')],
    ...(variants.length > 0
      ? { experiment: { holdout: random.pick([0, 0.2, 0.5]), variants: variants.map(key => ({ key, weight: 1 })) } }
      : {}),
    ...(random.chance(0.2) ? { exit: { event: 'Order Completed', within: '30d' } } : {}),
    limits: random.chance(0.2) ? { perMinute: random.int(1, 3) } : {},
    ...(random.chance(0.15) ? { endsAt: iso(start + 20 * day) } : {}),
  }
}

/** The document with one to three of its steps taken out, put elsewhere, or new, and the waits of another length. */
export function randomEdit(random: Random, document: Plain): Plain {
  const edited = structuredClone(document) as { goals: { journey: Plain[] }[] }
  let numbered = 0
  for (let i = random.int(1, 3); i > 0; i--) {
    const { journey } = random.pick(edited.goals)
    const at = random.int(0, Math.max(0, journey.length - 1))
    const what = random.int(1, 4)
    if (what === 1 && journey.length > 1) journey.splice(at, 1)
    else if (what === 2)
      journey.splice(at, 0, message({ random, id: () => `n${random.int(0, 1e9)}-${++numbered}`, variants: [], said: false }))
    else if (what === 3) journey.splice(at, 0, { kind: 'wait', id: `n${random.int(0, 1e9)}-${++numbered}`, for: '7h' })
    else {
      const [moved] = journey.splice(at, 1)
      // Awaits look back at what was said before them.
      if (moved && moved.kind !== 'await') journey.splice(random.int(0, journey.length), 0, moved)
      else if (moved) journey.splice(at, 0, moved)
    }
  }
  return edited as unknown as Plain
}

/** For each message step, the shortest time from entry until it may be reached, in milliseconds: all waits that certainly lie before it. */
export function earliest(document: Plain): Map<string, number> {
  const unit: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: day, w: 7 * day }
  const ms = (text: string) => Number(text.slice(0, -1)) * (unit[text.slice(-1)] ?? 0)
  const found = new Map<string, number>()
  const listsOf = (one: Plain): Plain[][] => {
    if (one.kind === 'await') return [one.do as Plain[], one.else as Plain[]]
    if (one.kind === 'branch') return [...(one.cases as { do: Plain[] }[]).map(each => each.do), one.else as Plain[]]
    if (one.kind === 'task') return [...Object.values(one.outcomes as Record<string, Plain[]>), one.else as Plain[]]
    // Who has no arm of their own goes past.
    if (one.kind === 'split') return [...Object.values(one.arms as Record<string, Plain[]>), []]
    return []
  }
  const visit = (list: readonly Plain[], from: number): number => {
    let at = from
    for (const one of list) {
      if (one.kind === 'message' || one.kind === 'survey') found.set(String(one.id), at)
      if (one.kind === 'wait' && typeof one.for === 'string') at += ms(one.for)
      const arms = listsOf(one).map((children, i) => {
        const inVain = (one.kind === 'await' || one.kind === 'task') && i === listsOf(one).length - 1
        return visit(children, at + (inVain ? ms(String(one.within ?? one.due)) : 0))
      })
      if (arms.length > 0) at = Math.min(...arms)
    }
    return at
  }
  for (const goal of document.goals as { journey: Plain[] }[]) visit(goal.journey, 0)
  return found
}
