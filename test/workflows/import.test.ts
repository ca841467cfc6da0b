import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { workflowIds } from '../../domain/ids.ts'
import { beginningOf } from '../../domain/import/beginning.ts'
import { sql } from '../../domain/sql.ts'
import { beginImport, findImport, keepPart, openImport, partBytes } from '../../prisma/queries/imports.ts'
import { type Engine, openEngine } from '../support/engine.ts'

/** The purchases, moved so that the last day is yesterday. */
function purchases(): string {
  const [header, ...lines] = readFileSync(new URL('../data/cdnow_events.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const shift = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000 - Date.parse('1998-06-30')
  const moved = lines.map(line => {
    const [who, day, ...rest] = line.split(',')
    return [who, new Date(Date.parse(day!) + shift).toISOString().slice(0, 10), ...rest].join(',')
  })
  return [header, ...moved].join('\n')
}

let engine: Engine
beforeEach(async () => {
  // A shop that reports in what it sells in: its amounts count as they are.
  engine = await openEngine({ settings: { currencies: { reporting: 'USD', rates: {} } } })
  await engine.db.run(sql`SELECT setval('import_id_seq', ${Math.floor(Math.random() * 2_000_000_000) + 1})`)
})
afterEach(() => engine.close())

const plan = {
  kind: 'events' as const,
  mapping: { customer_id: 'externalId', date: 'timestamp', spend: 'revenue' },
  constant: { event: 'Order Completed', currency: 'USD' },
}

/** Keeps a file as the API does. */
async function keep(file: string): Promise<number> {
  const bytes = Buffer.from(file)
  const begun = beginningOf(bytes, plan, undefined, true)
  if ('faults' in begun) throw new Error(JSON.stringify(begun.faults))
  const id = await beginImport(engine.db, { ...plan, ...begun, actor: 'test', at: new Date() })
  for (let number = 0; number * partBytes < bytes.length; number++)
    await keepPart(engine.db, id, number, bytes.subarray(number * partBytes, (number + 1) * partBytes))
  await openImport(engine.db, id, bytes.length)
  return id
}

const begin = (id: number) =>
  engine.temporal.client.workflow.start('importFile', {
    taskQueue: engine.temporal.taskQueue,
    workflowId: workflowIds.import(id),
    args: [{ import: id }],
  })
const until = (id: number, what: string, holds: (row: NonNullable<Awaited<ReturnType<typeof findImport>>>) => boolean) =>
  engine.until(what, async () => holds((await findImport(engine.db, id))!), 60_000)
const totals = () =>
  engine.db.row<{ customers: number; orders: number; revenue: number; counted: number }>(sql`SELECT
    (SELECT count(*)::int FROM customer) AS customers, (SELECT count(*)::int FROM event) AS orders,
    (SELECT round(sum(value)::numeric, 2) FROM event) AS revenue, (SELECT sum(count)::int FROM event_stat) AS counted`)
const cdnow = { customers: 2_357, orders: 6_919, revenue: expect.any(Number), counted: 6_919 }

describe('the purchases of CDNOW', () => {
  test('come in whole, and the same file again changes nothing', async () => {
    await engine.work()
    const file = purchases()
    const revenue = file
      .split('\n')
      .slice(1)
      .reduce((sum, line) => sum + Number(line.split(',')[3]), 0)
    const first = await keep(file)
    const second = await keep(file)
    await begin(second)
    await begin(first)
    await until(second, 'both are read', row => row.status === 'completed')
    expect(await findImport(engine.db, first)).toMatchObject({
      status: 'completed',
      total: 6_919,
      accepted: 6_919,
      duplicates: 0,
      rejected: 0,
    })
    expect(await findImport(engine.db, second)).toMatchObject({
      status: 'completed',
      total: 6_919,
      accepted: 6_919,
      duplicates: 6_919,
      rejected: 0,
    })
    expect(await totals()).toEqual(cdnow)
    expect((await totals())!.revenue).toBeCloseTo(revenue, 2)
    expect(await engine.db.row(sql`SELECT count(*)::int AS n FROM import_part`)).toEqual({ n: 0 })
  })

  test('come in whole though the worker and then the connections die in the middle', async () => {
    const file = purchases()
    const id = await keep(file)
    await begin(id)
    for (const kills of [1, 2, 3]) {
      const stop = await engine.work()
      await until(id, 'some of it is read', row => row.accepted >= kills * 1_000 || row.status === 'completed')
      await engine.db.rows(
        sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      )
      await stop()
    }
    await engine.work()
    await until(id, 'it is read', row => row.status === 'completed')
    expect(await findImport(engine.db, id)).toMatchObject({ total: 6_919, accepted: 6_919, rejected: 0 })
    expect(await totals()).toEqual(cdnow)
  })
})

test('whoever waits for an imported event is woken', async () => {
  await engine.work()
  const { run } = await engine.launch(
    {
      name: 'Thank buyers',
      trigger: { kind: 'event', event: 'Order Completed' },
      goals: [
        {
          key: 'thanks',
          kind: 'loyaltyReward',
          journey: [{ kind: 'message', channel: 'inApp', content: { title: 'Thank you', body: 'Nice.' } }],
        },
      ],
    },
    Date.now(),
  )
  await engine.begin(run)
  await engine.until('the run sleeps', async () => (await engine.statusOf(run)) === 'running')
  const at = new Date(Date.now() - 3_600_000).toISOString()
  const old = new Date(Date.now() - 90 * 86_400_000).toISOString()
  await begin(await keep(`customer_id,date,quantity,spend\nfresh,${at},1,10\nstale,${old},1,10\n`))
  await engine.until('the fresh order was answered', async () => engine.sent.length > 0)
  expect(engine.sent).toHaveLength(1)
})
