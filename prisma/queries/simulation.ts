import { raw, type Sql, sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'
import { keepMessageNotes } from './message-notes.ts'
import { type FactsAsked, remembered, setBack } from './simulated-past.ts'

/**
 * The tables a run writes, the customer among them. Temporary ones of the same name and shape stand before them on the connection of a
 * simulation, so that the same statements write there; and the connection writes nothing else, because it is read-only otherwise.
 */
const written = [
  'customer',
  'campaign_version',
  'run',
  'run_meter',
  'snapshot_reach',
  'enrollment',
  'step_count',
  'decision',
  'watch',
  'nudge',
  'message',
  'send_attempt',
  'short_link',
  'segment_look',
  'segment_member',
  'segment_due',
  'segment_change',
  'touched',
  'customer_date',
  'followed_date',
  'loyalty_account',
  'loyalty_entry',
  'offer_grant',
  'task',
  'webhook_call',
] as const
/** Indexes by which a run finds nothing: those of the API, of webhooks and of reconciliation. */
const unread = [
  'customer_external_id_key',
  'customer_email',
  'customer_phone',
  'customer_account',
  'customer_stripe',
  'enrollment_moved',
  'message_run',
  'message_doubted',
  'decision_enrollment_idx',
  'decision_pkey',
  'segment_change_pkey',
  'segment_change_customer_idx',
  'touched_pkey',
  'short_link_message',
] as const
/** Room for what is written again: then a row stays on its page, and no index need be told. */
const fillfactors: Partial<Record<string, number>> = { message: 50 }
/** Tables that number their rows; the real ones' numbers are left alone. */
const numbered = [
  'run',
  'enrollment',
  'decision',
  'nudge',
  'loyalty_entry',
  'offer_grant',
  'task',
  'segment_change',
  'touched',
] as const

/** How many customers there are; of more than so many it need not be known. */
export const customersUpTo = async (db: Queryable, atMost: number): Promise<number> =>
  (await db.row<{ n: number }>(sql`SELECT count(*)::int AS n FROM (SELECT FROM customer LIMIT ${atMost}) c`))?.n ?? 0

/** Who is simulated: all of these when they are few enough, an even share of them otherwise; of those every so manieth. */
export async function chooseCustomers(
  db: Db,
  whom: Sql,
  atMost: number,
  part: { lane: number; lanes: number },
): Promise<{ customers: number; of: number }> {
  const { of } = (await db.row<{ of: number }>(sql`SELECT count(*)::int AS of FROM customer c WHERE ${whom}`)) ?? { of: 0 }
  const share = of <= atMost ? 1_000_000 : Math.floor((atMost / of) * 1_000_000)
  await db.run(sql`CREATE TEMP TABLE simulated (id int PRIMARY KEY)`)
  const customers = await db.run(
    sql`INSERT INTO simulated SELECT c.id FROM customer c WHERE (${whom}) AND abs(hashint4extended(c.id, 20) % 1000000) < ${share} AND c.id % ${part.lanes} = ${part.lane}`,
  )
  await db.run(sql`ANALYZE simulated`)
  return { customers, of }
}

/** Puts temporary tables before the real ones, filled with what a run of this campaign would find as of `from`. */
export async function shadowTables(
  db: Db,
  options: {
    campaign: number
    group: string | null
    from: Date
    past: boolean
    /** Whether the history of a segment is followed. */
    segment: boolean
    /** The attribute whose days are followed. */
    attribute: string | null
    asked: FactsAsked
  },
): Promise<void> {
  const { campaign, group, from, past, attribute, asked } = options
  const tables = [...written, ...(past ? remembered : [])]
  const indexes = await db.rows<{ definition: string }>(sql`SELECT indexdef AS definition FROM pg_indexes
    WHERE schemaname = 'public' AND tablename = ANY(${tables}::text[]) AND NOT indexname = ANY(${[...unread]}::text[])`)
  for (const table of tables)
    await db.run(
      raw(
        `CREATE TEMP TABLE ${table} (LIKE public.${table} INCLUDING DEFAULTS) WITH (fillfactor = ${fillfactors[table] ?? 100})`,
      ),
    )
  for (const { definition } of indexes) await db.run(raw(definition.replace(' ON public.', ' ON pg_temp.')))
  for (const table of numbered) {
    await db.run(raw(`CREATE TEMP SEQUENCE simulated_${table} START 1000000000`))
    await db.run(raw(`ALTER TABLE pg_temp.${table} ALTER COLUMN id SET DEFAULT nextval('pg_temp.simulated_${table}')`))
  }
  await db.run(sql`INSERT INTO customer SELECT c.* FROM public.customer c JOIN simulated s ON s.id = c.id`)
  // Earlier stays decide who may enter again; nobody of them moves here.
  await db.run(sql`INSERT INTO run SELECT * FROM public.run WHERE campaign = ${campaign} AND started_at <= ${from}`)
  await db.run(sql`UPDATE run SET status = 'completed' WHERE status IN ('enrolling', 'running', 'paused')`)
  await db.run(sql`INSERT INTO enrollment SELECT e.* FROM public.enrollment e JOIN public.run r ON r.id = e.run JOIN simulated s ON s.id = e.customer
    WHERE r.campaign = ${campaign} AND e.entered_at <= ${from}`)
  if (group !== null) await copyRivals(db, campaign, group, from, past)
  // What was sent lately counts for the caps and for rules about messages.
  await db.run(sql`INSERT INTO message SELECT m.* FROM public.message m JOIN simulated s ON s.id = m.customer
    WHERE m.created_at > ${from}::timestamptz - interval '120 days' AND m.created_at <= ${from}`)
  if (!past) {
    await db.run(sql`INSERT INTO loyalty_account SELECT a.* FROM public.loyalty_account a JOIN simulated s ON s.id = a.customer`)
    await db.run(
      sql`INSERT INTO task SELECT t.* FROM public.task t JOIN simulated s ON s.id = t.customer WHERE t.holds_promotions AND t.status = 'open'`,
    )
  }
  await db.run(sql`CREATE TEMP TABLE deferral (enrollment bigint, step int)`)
  await db.run(
    raw(`CREATE FUNCTION pg_temp.note_deferral() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO pg_temp.deferral VALUES (NEW.enrollment, NEW.step); RETURN NULL; END $$`),
  )
  await db.run(
    raw(`CREATE TRIGGER note_deferral AFTER INSERT OR UPDATE OF status ON pg_temp.message
    FOR EACH ROW WHEN (NEW.status = 'deferred') EXECUTE FUNCTION pg_temp.note_deferral()`),
  )
  if (past) await setBack(db, from, asked)
  await noteChanges(db, options)
  // Nobody else writes to these tables: all of them are read once.
  if (attribute !== null) await db.run(sql`INSERT INTO followed_date (attribute, since) VALUES (${attribute}, 0)`)
  // Each attempt is of thousands of messages, and no sample knows the one that is under way: it would be taken for one of none.
  await db.run(raw('ALTER TABLE pg_temp.message ALTER COLUMN attempt SET STATISTICS 0'))
  for (const table of ['customer', 'message', 'enrollment', ...(past ? remembered : [])])
    await db.run(raw(`ANALYZE pg_temp.${table}`))
}

/** Notes who changes, for sweeps that read it: for a segment's all that is told of them, for an attribute's their profiles. */
async function noteChanges(db: Db, { segment, attribute }: { segment: boolean; attribute: string | null }): Promise<void> {
  if (segment) await keepMessageNotes(db)
  const noted = segment ? ['customer', 'subscription', 'consent'] : attribute === null ? [] : ['customer']
  const own = await db.rows<{ name: string }>(
    sql`SELECT relname AS name FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relname = ANY(${noted}::text[])`,
  )
  for (const { name } of own) {
    const note = name === 'customer' ? 'touch_customers' : 'touch_their_customers'
    for (const change of ['INSERT', 'UPDATE'])
      await db.run(
        raw(
          `CREATE TRIGGER noted_${change} AFTER ${change} ON pg_temp.${name} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ${note}()`,
        ),
      )
  }
}

/**
 * Who stands in a campaign of the same group counts as taken, and may be taken from there; nothing else happens in it. Of the past as
 * of its beginning.
 */
async function copyRivals(db: Db, campaign: number, group: string, from: Date, past: boolean): Promise<void> {
  const live = past
    ? sql`r.started_at <= ${from} AND (r.completed_at IS NULL OR r.completed_at > ${from})`
    : sql`r.status IN ('enrolling', 'running', 'paused')`
  await db.run(sql`CREATE TEMP TABLE rival AS SELECT r.id FROM public.run r JOIN public.campaign_version v ON v.campaign = r.campaign AND v.version = r.version
    WHERE r.campaign <> ${campaign} AND v.document -> 'exclusive' ->> 'group' = ${group} AND ${live}`)
  await db.run(sql`INSERT INTO campaign_version SELECT v.* FROM public.campaign_version v
    WHERE EXISTS (SELECT 1 FROM public.run r JOIN rival USING (id) WHERE r.campaign = v.campaign AND r.version = v.version)`)
  await db.run(sql`INSERT INTO run SELECT r.* FROM public.run r JOIN rival USING (id)`)
  // Paused: nobody sweeps it, nobody enters.
  await db.run(sql`UPDATE run SET status = 'paused', swept_to = NULL WHERE id IN (SELECT id FROM rival)`)
  await db.run(sql`INSERT INTO enrollment SELECT e.* FROM public.enrollment e JOIN rival ON rival.id = e.run JOIN simulated s ON s.id = e.customer
    WHERE e.entered_at <= ${from} AND (e.state <> 'ended' OR e.ended_at > ${from})`)
  await db.run(
    sql`UPDATE enrollment SET state = 'waiting', ended_at = NULL, reason = NULL WHERE run IN (SELECT id FROM rival) AND state = 'ended'`,
  )
}

/** How many of the simulated stand in a rival campaign at the end, and how many were taken from one. */
export const rivalsOf = async (db: Queryable, campaign: number) =>
  (await db.row<{ taken: number; displaced: number }>(sql`
    SELECT (SELECT count(DISTINCT e.customer) FROM enrollment e JOIN run r ON r.id = e.run WHERE r.campaign <> ${campaign} AND e.state <> 'ended')::int AS taken,
      (SELECT count(*) FROM decision WHERE kind = 'exit' AND outcome = 'displaced')::int AS displaced`)) ?? {
    taken: 0,
    displaced: 0,
  }

/** Clears away what nobody reads any more, as autovacuum does for real tables. Not within a transaction. */
export async function tidy(db: Queryable, tables: readonly ('nudge' | 'enrollment')[]): Promise<void> {
  for (const table of tables) await db.run(raw(`VACUUM (INDEX_CLEANUP ON) pg_temp.${table}`))
}

const growing = [
  'enrollment',
  'message',
  'nudge',
  'decision',
  'step_count',
  'consent',
  'touched',
  'segment_member',
  'segment_due',
  'segment_change',
  'customer_date',
] as const

/** Has statements planned for the tables as they are by now. */
export async function analyze(db: Db): Promise<void> {
  // A launch as of now has fewer tables of its own than a past.
  const own = await db.rows<{ name: string }>(
    sql`SELECT relname AS name FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relname = ANY(${[...growing]}::text[])`,
  )
  for (const { name } of own) await db.run(raw(`ANALYZE pg_temp.${name}`))
}

/** From here on the connection writes to what is temporary, and to nothing else. */
export const seal = (db: Db) => db.run(sql`SET default_transaction_read_only = on`)

export const enteredByDay = (db: Queryable, run: number) =>
  db.rows<{ day: string; entered: number }>(sql`
    SELECT to_char(entered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS entered FROM enrollment WHERE run = ${run} GROUP BY 1 ORDER BY 1`)

export interface ChannelCount {
  channel: string
  sent: number
  skipped: number
  capped: number
  segments: number
  cost: number
}

export const sentByChannel = (db: Queryable, run: number) =>
  db.rows<ChannelCount>(sql`
    SELECT channel, count(*) FILTER (WHERE status = 'accepted')::int AS sent, count(*) FILTER (WHERE status = 'skipped')::int AS skipped,
      count(*) FILTER (WHERE reason = 'capped')::int AS capped, coalesce(sum(segments), 0)::int AS segments,
      coalesce(sum(cost) FILTER (WHERE status = 'accepted'), 0)::float8 AS cost
    FROM message WHERE run = ${run} GROUP BY 1 ORDER BY 1`)

/** How many messages quiet hours put off, and how many are still put off at the end. */
export const deferredOf = async (db: Queryable, run: number) =>
  (await db.row<{ messages: number; still: number }>(sql`
    SELECT (SELECT count(*) FROM (SELECT DISTINCT enrollment, step FROM deferral) d)::int AS messages,
      (SELECT count(*) FROM message WHERE run = ${run} AND status = 'deferred')::int AS still`)) ?? { messages: 0, still: 0 }

/** Which goals' rules hold for whom: a count for each combination, as the numbers of the goals. */
export const goalsMatched = (db: Queryable, audience: Sql, goals: readonly Sql[]) =>
  db.rows<{ matches: number[]; customers: number }>(sql`
    SELECT matches, count(*)::int AS customers FROM (
      SELECT array_remove(ARRAY[${goals.reduce<Sql>((all, when, i) => sql`${all}${raw(i > 0 ? ', ' : '')}CASE WHEN ${when} THEN ${i}::int END`, raw(''))}], NULL) AS matches
      FROM customer c WHERE ${audience}
    ) m GROUP BY 1 ORDER BY 2 DESC`)
