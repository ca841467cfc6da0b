import { sql } from '../../domain/sql.ts'
import type { Db } from '../../prisma/client.ts'
import { insist } from './insist.ts'
import type { Plant, Victim } from './plant.ts'

/** What happened, counted at both ends. */
export interface Account {
  seed: number
  kills: Record<Victim, number>
  customers: number
  enrolled: number
  ended: number
  messages: Record<string, number>
  atProviders: { email: number; sms: number; requests: number; faults: number }
  /** Each a person who got a step's message more than once, or whom nobody accounts for: empty is what it must be. */
  twice: string[]
  lost: string[]
  /** Ledger lines that contradict the provider. */
  lies: string[]
  identities: string[]
  seconds: number
}

const steps = ['welcome', 'hint', 'more', 'last'] as const

/** The number behind a run's id. */
export const idOf = (run: string) => Number(run.split('_')[1])

/** Compares the ledger with what the providers have, person by person and step by step. */
export async function account(
  db: Db,
  plant: Plant,
  run: string,
  options: { seed: number; customers: number },
  kills: Account['kills'],
  began: number,
): Promise<Account> {
  const rows = await db.rows<{ id: string; customer: string; step: number; status: string; channel: string }>(
    sql`SELECT m.id, c.external_id AS customer, m.step, m.status, m.channel FROM message m JOIN customer c ON c.id = m.customer WHERE m.run = ${idOf(run)}`,
  )
  const messages: Record<string, number> = {}
  for (const row of rows) messages[row.status] = (messages[row.status] ?? 0) + 1

  // By person and step, as people would count: what reached them, whatever ids it carried.
  const got = new Map<string, number>()
  const count = (key: string) => got.set(key, (got.get(key) ?? 0) + 1)
  for (const delivery of plant.sendgrid.deliveries) count(`${delivery.to.split('@')[0]} ${delivery.subject}`)
  for (const message of plant.twilio.messages) {
    const [step, , customer] = message.body.split(/[\s\n]+/)
    count(`${customer} ${step}`)
  }
  const twice = [...got].filter(([, times]) => times > 1).map(([key, times]) => `${key} ×${times}`)

  const sent = new Set(['accepted', 'delivered', 'opened', 'clicked'])
  const never = new Set(['queued', 'skipped', 'failed', 'deferred'])
  const lies: string[] = []
  const lines = new Map(rows.map(row => [`${row.customer} ${stepName(row.step)}`, row]))
  for (const [key, row] of lines) {
    const there = got.has(key)
    if (sent.has(row.status) && !there) lies.push(`${key}: ${row.status}, and the provider never took it`)
    if (never.has(row.status) && there) lies.push(`${key}: ${row.status}, and the provider has it`)
  }
  const lost: string[] = []
  for (let n = 0; n < options.customers; n++)
    for (const step of steps) if (!lines.has(`c${n} ${step}`)) lost.push(`c${n} ${step}: no line in the ledger`)

  const view = (await insist(plant, 'GET', `/v1/runs/${run}`)) as RunAnswer
  const faults = [...plant.sendgrid.requests, ...plant.twilio.requests].filter(request => request.fault).length
  return {
    seed: options.seed,
    kills,
    customers: options.customers,
    enrolled: view.enrolled,
    ended: Object.values(view.ended).reduce((sum, n) => sum + n, 0),
    messages,
    atProviders: {
      email: plant.sendgrid.deliveries.length,
      sms: plant.twilio.messages.length,
      requests: plant.sendgrid.requests.length + plant.twilio.requests.length,
      faults,
    },
    twice,
    lost,
    lies,
    identities: brokenIdentities(view),
    seconds: Math.round((Date.now() - began) / 1_000),
  }
}

/** Steps are numbered in reading order, waits included. */
const stepName = (step: number): string => ({ 0: 'welcome', 2: 'hint', 4: 'more', 5: 'last' })[step] ?? `step ${step}`

interface RunAnswer {
  enrolled: number
  active: number
  ended: Record<string, number>
  byVariant: Record<string, number>
  bySteps: {
    step: string
    kind: string
    reached: number
    sent: number
    skipped: Record<string, number>
    failed: number
    deferred: number
    uncertain: number
    held: number
    queued: number
  }[]
}

function brokenIdentities(view: RunAnswer): string[] {
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, n) => all + n, 0)
  const broken: string[] = []
  if (view.enrolled !== sum(view.byVariant)) broken.push(`enrolled ${view.enrolled} ≠ Σ byVariant ${sum(view.byVariant)}`)
  if (view.enrolled !== view.active + sum(view.ended)) broken.push(`enrolled ${view.enrolled} ≠ active + Σ ended`)
  for (const step of view.bySteps) {
    if (step.kind !== 'message') continue
    const parts = step.sent + sum(step.skipped) + step.failed + step.deferred + step.uncertain + step.held + step.queued
    if (step.reached !== parts) broken.push(`${step.step}: reached ${step.reached} ≠ ${parts}`)
    if (step.reached !== view.enrolled) broken.push(`${step.step}: reached ${step.reached} of ${view.enrolled}`)
  }
  return broken
}
