// npx tsx bench/simulate-templates.ts [key …]: how long a marketer waits for each ready template's simulation over 30 days of CUSTOMERS (100):
// a launch as of now, and the past played back. ANSWERS=folder writes each whole answer there, to compare.
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simulate } from '../activities/simulate.ts'
import { campaignSchema } from '../domain/campaign/campaign.ts'
import { templates } from '../domain/campaign/templates/index.ts'
import { callSchema, readCall } from '../domain/customer/call.ts'
import { settingsSchema } from '../domain/settings.ts'
import { sql } from '../domain/sql.ts'
import { type Db, openDatabase } from '../prisma/client.ts'
import { migrate } from '../prisma/migrate.ts'
import { ingest } from '../prisma/queries/ingest.ts'
import { startPostgres } from '../worker/local/postgres.ts'

const customers = Number(process.env.CUSTOMERS ?? 100)
const now = new Date('2026-06-30T12:00:00Z')
const day = 86_400_000
const before = (days: number) => new Date(now.getTime() - days * day)
const asked = process.argv.slice(2)

/** Everybody has a subscription or a trial, was there two months ago, and did lately what begins a campaign, each at a time of their own. */
async function fill(db: Db): Promise<void> {
  const begin = templates.flatMap(({ document }) => {
    const { trigger } = campaignSchema.parse(document)
    return trigger.kind === 'event' ? [trigger.event] : []
  })
  const tell = async (at: Date, call: object) => {
    const read = readCall(callSchema.parse({ timestamp: at.toISOString(), messageId: randomUUID(), ...call }), { at })
    if ('path' in read) throw new Error(read.message)
    await ingest(db, [read], { receivedAt: at, region: 'US' })
  }
  for (let i = 0; i < customers; i++) {
    const userId = `c${i}`
    const said = (days: number, event: string, properties: object = {}) =>
      tell(before(days + i / customers), { type: 'track', userId, event, properties })
    await tell(before(100), { type: 'identify', userId, traits: { email: `c${i}@mail.example`, vip: true } })
    await said(60 - (i % 40), 'Login')
    if (i % 2)
      await said(59, 'Subscription Started', {
        plan: 'pro',
        mrr: 20,
        currency: 'EUR',
        renewsAt: before((i % 60) - 30).toISOString(),
      })
    else await said(59, 'Trial Started', { trialEndsAt: before((i % 60) - 30).toISOString() })
    for (const event of new Set(begin))
      if (i % 3 === 0)
        await said((i % 28) + 1, event, { survey: 'nps', score: 10, revenue: 20, currency: 'EUR', orderId: `${i}`, amount: 12 })
  }
  await db.run(
    sql`INSERT INTO customer_score (customer, at, churn_risk, super_healthy) SELECT id, ${now}, 0.9, true FROM customer`,
  )
}

const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'))
const postgres = await startPostgres({ dir: join(folder, 'postgres'), port: 0 })
try {
  await migrate(postgres.url)
  const db = openDatabase(postgres.url)
  await fill(db)
  await db.run(sql`ANALYZE`)
  const settings = settingsSchema.parse({ postalAddress: 'Main Street 1, Springfield' })
  console.log(`| template of ${customers} customers | now, s | entered | the past, s | entered |\n|---|---:|---:|---:|---:|`)
  for (const { key, document } of templates) {
    if (asked.length > 0 && !asked.includes(key)) continue
    const cells: (string | number)[] = []
    for (const past of [false, true]) {
      const began = performance.now()
      const result = await simulate(db, {
        campaign: 1,
        version: 1,
        document: campaignSchema.parse(document),
        settings,
        links: { secretKey: 'a-secret-of-at-least-thirty-two-characters', publicUrl: 'https://shop.example' },
        from: past ? before(30) : now,
        to: past ? now : before(-30),
        past,
        atMost: 20_000,
        patienceMs: 900_000,
      })
      cells.push(
        ((performance.now() - began) / 1_000).toFixed(2),
        result.entries.reduce((sum, one) => sum + one.entered, 0),
      )
      if (process.env.ANSWERS) {
        mkdirSync(process.env.ANSWERS, { recursive: true })
        writeFileSync(join(process.env.ANSWERS, `${key}-${past ? 'past' : 'now'}.json`), JSON.stringify(result, null, 1))
      }
    }
    console.log(`| ${key} | ${cells.join(' | ')} |`)
  }
  await db.close()
} finally {
  await postgres.stop(true)
  rmSync(folder, { recursive: true, force: true })
}
