// npx tsx bench/click.ts: CUSTOMERS (100,000) wait for a click; RATE (100) signed clicks a second for SECONDS (20) come in over HTTP, and
// each customer's next letter is timed from the webhook's sending to its arrival at a local provider in a process of its own.
import { generateKeyPairSync, sign } from 'node:crypto'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../domain/sql.ts'
import { campaignOf, letter, openStand } from './parts/stand.ts'

const customers = Number(process.env.CUSTOMERS ?? 100_000)
const rate = Number(process.env.RATE ?? 100)
const seconds = Number(process.env.SECONDS ?? 20)
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const stand = await openStand({
  customers,
  workers: 1,
  provider: 'bench/parts/echo-provider.ts',
  env: { SENDGRID_WEBHOOK_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') },
})
const tell = async () => (await (await fetch(stand.told.tell ?? '')).json()) as { first: number; arrived: [string, number][] }
const post = async (url: string, events: object[]) => {
  const body = JSON.stringify(events)
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const signature = sign('sha256', Buffer.from(timestamp + body), privateKey).toString('base64')
  const headers = {
    'content-type': 'application/json',
    'x-twilio-email-event-webhook-timestamp': timestamp,
    'x-twilio-email-event-webhook-signature': signature,
  }
  const answer = await fetch(`${url}/webhooks/sendgrid/events`, { method: 'POST', headers, body })
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`the webhook answered ${answer.status}`)
}

try {
  console.log(`${new Date().toISOString().slice(0, 16)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`)
  const url = await stand.app.listen({ port: 0, host: '127.0.0.1' })
  const secondAfterClick = {
    kind: 'await',
    on: { message: 'clicked' },
    within: '1h',
    do: [{ kind: 'message', channel: 'email', content: letter('Second') }],
    else: [],
  }
  const journey = [{ kind: 'message', channel: 'email', content: letter('First') }, secondAfterClick]
  const campaign = await stand.call('POST', '/v1/campaigns', campaignOf('Clicks', { kind: 'now' }, journey))
  const { run } = await stand.call('POST', `/v1/campaigns/${campaign.id}/launch`)
  for (let waiting = 0; waiting < customers; await sleep(500))
    waiting = (await stand.call('GET', `/v1/runs/${run}`)).bySteps[1]?.waiting ?? 0
  await sleep(3_000)

  const clickers = await stand.db.rows<{ id: string; email: string }>(
    sql`SELECT m.id, c.email FROM message m JOIN customer c ON c.id = m.customer ORDER BY md5(m.id::text) LIMIT ${rate * seconds}`,
  )
  const sentAt = new Map<string, number>()
  const began = Date.now()
  const posts: Promise<void>[] = []
  for (const [i, { id, email }] of clickers.entries()) {
    const due = began + (i * 1_000) / rate
    if (due > Date.now()) await sleep(due - Date.now())
    sentAt.set(email, Date.now())
    const timestamp = Math.floor(Date.now() / 1_000)
    posts.push(
      post(url, [
        {
          event: 'click',
          timestamp,
          sg_event_id: `click-${id}`,
          sg_message_id: 'm',
          message_id: id,
          email,
          url: 'https://shop.example/',
        },
      ]),
    )
  }
  await Promise.all(posts)
  let arrived: [string, number][] = []
  for (let patience = 0; arrived.length < clickers.length && patience < 120; patience++) {
    await sleep(500)
    ;({ arrived } = await tell())
  }
  const took = arrived.map(([to, at]) => at - (sentAt.get(to) ?? at)).sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
  console.log(
    `${customers.toLocaleString('en')} waiting, ${rate} clicks/s for ${seconds} s: ${took.length} of ${clickers.length} next messages, click to arrival p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${took.at(-1)} ms`,
  )
} finally {
  await stand.close()
}
