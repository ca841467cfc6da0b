import type { Db } from '../prisma/client.ts'

/** The moment the generated year ends. */
export const AT = new Date('2026-06-30T12:00:00Z')

/** Names of the generated events, from the commonest to the rarest. */
export const eventNames = [
  'Page Viewed',
  'Login',
  'Product Added',
  'Order Completed',
  'Email Shared',
  'Refund Requested',
] as const

/**
 * Fills an empty database with customers and a year of events, skewed as life is: a tenth of the customers does most of what
 * is done, recent days are busier, some events are common and some rare; they lie in the table in the order in which they would
 * have arrived. The same numbers give the same people. Indexes are made when the rows are there.
 */
export async function makePeople(db: Db, customers: number, events: number): Promise<void> {
  const client = await db.pool.connect()
  try {
    await fill((text, values = []) => client.query(text, values), customers, events)
  } finally {
    client.release(true)
  }
}

type Run = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>

/** Takes the indexes from a table, and answers what makes them again. */
async function withoutIndexes(run: Run, table: string): Promise<string[]> {
  const { rows } = await run(
    `SELECT k.conname AS name, pg_get_indexdef(i.indexrelid) AS text, pg_get_constraintdef(k.oid) AS key, i.indexrelid::regclass::text AS index
     FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid WHERE i.indrelid = $1::regclass`,
    [table],
  )
  const found = rows as { name: string | null; text: string; key: string; index: string }[]
  for (const { name, index } of found) await run(name ? `ALTER TABLE ${table} DROP CONSTRAINT "${name}"` : `DROP INDEX ${index}`)
  return found.map(({ name, text, key }) => (name ? `ALTER TABLE ${table} ADD CONSTRAINT "${name}" ${key}` : text))
}

async function fill(run: Run, customers: number, events: number): Promise<void> {
  const at = AT.toISOString()
  await run(`SET work_mem = '512MB'`)
  await run(`SET maintenance_work_mem = '1GB'`)
  await run('SET max_parallel_maintenance_workers = 2')
  await run('SELECT setseed(0.42)')
  await run(
    `INSERT INTO customer (external_id, email, first_name, timezone, locale, created_at, updated_at, attributes)
     SELECT 'c' || i, 'c' || i || '@example.com', 'First' || i % 500, (ARRAY['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Europe/London'])[1 + i % 4], (ARRAY['de', 'en', 'ja'])[1 + i % 3],
       $1::timestamptz - (i % 700) * interval '1 day', $1,
       jsonb_build_object('plan', (ARRAY['free', 'free', 'free', 'pro', 'team'])[1 + i * 7 % 5], 'age', 18 + i * 13 % 60, 'country', (ARRAY['DE', 'US', 'JP', 'GB', 'FR', 'BR'])[1 + i * 11 % 6],
         'signedUpAt', to_char($1::timestamptz - (i % 700) * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'company', jsonb_build_object('seats', i % 40), 'tags', jsonb_build_array('t' || i % 9))
     FROM generate_series(1, $2::int) AS i`,
    [at, customers],
  )
  await run('INSERT INTO event_name (id, name) SELECT n, name FROM unnest($1::text[]) WITH ORDINALITY AS given (name, n)', [
    [...eventNames],
  ])
  const indexes = [
    ...(await withoutIndexes(run, 'event')),
    ...(await withoutIndexes(run, 'event_stat')),
    ...(await withoutIndexes(run, 'last_seen')),
  ]
  // Each event falls at random within its own small part of the year, so that they are made in the order of their times.
  await run(
    `INSERT INTO event (customer, name, at, received_at, value, properties)
     SELECT 1 + ($3::int * power(random(), 3))::int % $3::int, name, at, at, CASE name WHEN 4 THEN revenue END,
       CASE name WHEN 4 THEN jsonb_build_object('revenue', revenue, 'currency', 'EUR', 'category', (ARRAY['shoes', 'shirts', 'hats', 'bags'])[1 + i % 4]) WHEN 1 THEN jsonb_build_object('path', '/p' || i % 100) ELSE '{}' END
     FROM (SELECT i, least(6, 1 + (6 * power(random(), 2.5))::int) AS name, $1::timestamptz - 365 * power(($2::int - i + random()) / $2::int, 1.5) * interval '1 day' AS at, round((5 + 200 * random())::numeric, 2) AS revenue
       FROM generate_series(1, $2::int) AS i) AS made`,
    [at, events, customers],
  )
  await run(
    'INSERT INTO event_stat (customer, name, count, first_at, last_at, sum) SELECT customer, name, count(*), min(at), max(at), coalesce(sum(value), 0) FROM event GROUP BY 1, 2',
  )
  await run(
    'INSERT INTO last_seen (customer, at, first_at) SELECT customer, max(last_at), min(first_at) FROM event_stat GROUP BY 1',
  )
  for (const index of indexes) await run(index)
  await run(
    `INSERT INTO subscription (customer, status, plan, mrr, currency, trial_ends_at, renews_at, changed_at)
     SELECT id, CASE WHEN id % 10 = 0 THEN 'trialing' WHEN id % 7 = 0 THEN 'cancelled' ELSE 'active' END, attributes ->> 'plan', 9 + id % 90, 'EUR',
       CASE WHEN id % 10 = 0 THEN $1::timestamptz + (id % 140 - 70) * interval '6 hours' END, $1::timestamptz + (id % 30) * interval '1 day', $1
     FROM customer WHERE id % 3 = 0`,
    [at],
  )
  await run(
    `INSERT INTO consent (customer, channel, topic, status, source, at, change)
     SELECT id, channel, '', CASE WHEN id % 9 = 0 THEN 'unsubscribed' ELSE 'subscribed' END, 'api', $1, 0 FROM customer, unnest(ARRAY['email', 'sms']) AS channel WHERE id % 2 = 0`,
    [at],
  )
  await run('VACUUM (ANALYZE, PARALLEL 2)')
}
