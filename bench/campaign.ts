// npx tsx bench/campaign.ts: one e-mail and then a wait for CUSTOMERS (100,000) customers, from launch to the last acceptance at a
// local provider in a process of its own, sent by WORKERS (2, as docker-compose.yml has) processes, beside a bare sender to the same
// provider; WAVE_SIZE=1 CUSTOMERS=2000 shows what waves are worth. Afterwards everybody waits: what that costs for IDLE (60) seconds.
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { sql } from '../domain/sql.ts'
import { beside, usage } from './parts/processes.ts'
import { campaignOf, letterAndWait, openStand } from './parts/stand.ts'

const customers = Number(process.env.CUSTOMERS ?? 100_000)
const idleSeconds = Number(process.env.IDLE ?? 60)
const workers = Number(process.env.WORKERS ?? 2)
const stand = await openStand({ customers, workers, provider: 'bench/parts/provider.ts' })
const { call, team, postgres, temporal, provider } = stand
const { url = '', count = '' } = stand.told
const accepted = async () => Number(await (await fetch(count)).text())
const parts = () => ({
  worker: team
    .map(one => usage(one.pid))
    .reduce((sum, one) => ({ cpu: sum.cpu + one.cpu, mb: sum.mb + one.mb }), { cpu: 0, mb: 0 }),
  PostgreSQL: usage(postgres.pid),
  Temporal: usage(temporal.pid),
  provider: usage(provider.pid),
})
const table = (before: ReturnType<typeof parts>, after: ReturnType<typeof parts>, scale: number) => {
  for (const name of Object.keys(after) as (keyof typeof after)[])
    console.log(`| ${name} | ${((after[name].cpu - before[name].cpu) * scale).toFixed(2)} | ${after[name].mb.toFixed(0)} |`)
}

try {
  console.log(`${new Date().toISOString().slice(0, 16)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`)
  const campaign = await call('POST', '/v1/campaigns', campaignOf('Bench', { kind: 'now' }, letterAndWait('Hello')))
  const before = parts()
  const began = performance.now()
  await call('POST', `/v1/campaigns/${campaign.id}/launch`)
  while ((await accepted()) < customers) await sleep(50)
  const seconds = (performance.now() - began) / 1_000
  const underway = sql`SELECT 1 FROM enrollment WHERE state = 'moving' LIMIT 1`
  while (await stand.db.row(underway)) await sleep(100)
  const rested = (performance.now() - began) / 1_000
  const after = parts()
  const rate = customers / seconds
  console.log(
    `${customers.toLocaleString('en')} customers, ${workers} worker(s): launch to last acceptance ${seconds.toFixed(1)} s = ${Math.round(rate).toLocaleString('en')} messages/s; everybody at rest after ${rested.toFixed(1)} s`,
  )
  console.log('\n| process | CPU s / 100,000 | memory MB |\n|---|---:|---:|')
  table(before, after, 100_000 / customers)

  const connection = await Connection.connect({ address: temporal.address })
  const client = new Client({ connection })
  let events = 0
  let waves = 0
  for await (const workflow of client.workflow.list()) {
    if (workflow.type !== 'wave' && workflow.type !== 'campaign') continue
    events += workflow.historyLength ?? 0
    if (workflow.type === 'wave') waves++
  }
  let open = 0
  for await (const _ of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) open++
  console.log(
    `\n${waves} waves, ${(events / Math.max(1, waves)).toFixed(1)} history events a wave (the campaign's own included), open workflows ${open}`,
  )

  const bare = await beside('bench/parts/bare-sender.ts', { CUSTOMERS: String(customers), PROVIDER: url })
  const bareResult = await new Promise<string>(resolve => bare.child.stdout?.on('data', data => resolve(String(data))))
  const bareRate = customers / (JSON.parse(bareResult) as { seconds: number }).seconds
  console.log(
    `bare sender: ${Math.round(bareRate).toLocaleString('en')} messages/s; ours is ${(rate / bareRate).toFixed(2)} of it`,
  )

  if (idleSeconds > 0) {
    await sleep(5_000)
    const rest = parts()
    await sleep(idleSeconds * 1_000)
    console.log(
      `\n${customers.toLocaleString('en')} waiting, ${idleSeconds} s:\n\n| process | CPU s | memory MB |\n|---|---:|---:|`,
    )
    table(rest, parts(), 1)
  }
  await connection.close()
} finally {
  await stand.close()
}
