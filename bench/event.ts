// npx tsx bench/event.ts: a live campaign that an event begins; RATE (50) events a second for SECONDS (20) come in over HTTP one by one,
// and each customer's first letter is timed from the event's sending to its arrival at a local provider in a process of its own.
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { campaignOf, letterAndWait, openStand } from './parts/stand.ts'

const rate = Number(process.env.RATE ?? 50)
const seconds = Number(process.env.SECONDS ?? 20)
const customers = rate * seconds
const stand = await openStand({ customers, workers: 1, provider: 'bench/parts/echo-provider.ts' })
const tell = async () => (await (await fetch(stand.told.tell ?? '')).json()) as { arrived: [string, number][] }

try {
  console.log(`${new Date().toISOString().slice(0, 16)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`)
  const url = await stand.app.listen({ port: 0, host: '127.0.0.1' })
  // The subject whose arrivals the provider remembers.
  const welcome = campaignOf('Welcome', { kind: 'event', event: 'Signed Up' }, letterAndWait('Second'))
  const campaign = await stand.call('POST', '/v1/campaigns', welcome)
  await stand.call('POST', `/v1/campaigns/${campaign.id}/launch`)
  await sleep(3_000)
  const sentAt = new Map<string, number>()
  const began = Date.now()
  const posts: Promise<void>[] = []
  for (let i = 1; i <= customers; i++) {
    const due = began + (i * 1_000) / rate
    if (due > Date.now()) await sleep(due - Date.now())
    sentAt.set(`c${i}@mail.example`, Date.now())
    posts.push(post(url, `c${i}`))
  }
  await Promise.all(posts)
  let arrived: [string, number][] = []
  for (let patience = 0; arrived.length < customers && patience < 120; patience++) {
    await sleep(500)
    ;({ arrived } = await tell())
  }
  const took = arrived.map(([to, at]) => at - (sentAt.get(to) ?? at)).sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
  console.log(
    `${rate} events/s for ${seconds} s: ${took.length} of ${customers} first messages, event to arrival p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${took.at(-1)} ms`,
  )
} finally {
  await stand.close()
}

async function post(url: string, userId: string): Promise<void> {
  const answer = await fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stand.key}` },
    body: JSON.stringify({ type: 'track', userId, event: 'Signed Up' }),
  })
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`the event was answered ${answer.status}`)
}
