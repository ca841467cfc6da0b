import { raw, sql } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface TimelineRow {
  at: Date
  kind: string
  /** Orders what happened in the same instant; unique within its kind. */
  key: string
  facts: Record<string, unknown>
}

/** Behind which moment a page goes on. */
export interface TimelinePosition {
  at: string
  kind: string
  key: string
}

/**
 * All that happened to one customer, newest first. Each source gives at most a page of its own, so that a long history costs no
 * more than a short one. Times within a kind come from one column that an index knows.
 */
export const timelineOf = (
  db: Queryable,
  customer: number,
  limit: number,
  before: TimelinePosition = { at: '9999-01-01T00:00:00.000Z', kind: '', key: '' },
): Promise<TimelineRow[]> => {
  const page = sql`t.at <= ${before.at}::timestamptz AND (t.at, t.kind, t.key) < (${before.at}::timestamptz, ${before.kind}::text, ${before.key}::text)
    ORDER BY t.at DESC, t.kind DESC, t.key DESC LIMIT ${limit}`
  // Over all runs there are, each with one probe of the index: stays have none by customer alone.
  const stays = sql`SELECT e.*, r.campaign FROM run r JOIN LATERAL (SELECT * FROM enrollment x WHERE x.run = r.id AND x.customer = ${customer}) e ON true`
  const order = (column: string) => sql`lpad(${raw(column)}::text, 20, '0')`
  return db.rows<TimelineRow>(sql`
    WITH stay AS MATERIALIZED (${stays}),
    event_line AS (
      SELECT ev.at, 'event' AS kind, ${order('ev.id')} AS key,
        jsonb_build_object('event', n.name, 'properties', ev.properties, 'receivedAt', ev.received_at) AS facts
      FROM event ev JOIN event_name n ON n.id = ev.name WHERE ev.customer = ${customer}
    ), stay_line AS (
      SELECT entered_at AS at, 'enrollment' AS kind, ${order('id')} || '0' AS key, jsonb_build_object('what', 'entered', 'campaign', campaign, 'run', run,
        'goal', goal, 'variant', variant) AS facts FROM stay
      UNION ALL
      SELECT ended_at, 'enrollment', ${order('id')} || '1', jsonb_build_object('what', 'ended', 'campaign', campaign, 'run', run, 'goal', goal, 'variant', variant,
        'reason', reason) FROM stay WHERE ended_at IS NOT NULL
    ), message_line AS (
      SELECT m.created_at AS at, 'message' AS kind, m.id::text AS key, jsonb_build_object('message', m.id, 'campaign', r.campaign, 'run', m.run, 'version', m.version,
        'stepNumber', m.step, 'channel', m.channel, 'class', m.class, 'variant', m.variant, 'status', m.status, 'reason', m.reason) AS facts
      FROM message m JOIN run r ON r.id = m.run WHERE m.customer = ${customer}
    ), engagement_line AS (
      SELECT g.at, 'engagement' AS kind, m.id::text || g.what AS key, jsonb_build_object('what', g.what, 'message', m.id, 'campaign', r.campaign, 'run', m.run,
        'version', m.version, 'stepNumber', m.step, 'channel', m.channel) AS facts
      FROM message m JOIN run r ON r.id = m.run LEFT JOIN inbox i ON i.message = m.id
      CROSS JOIN LATERAL (VALUES ('delivered', m.delivered_at), ('opened', m.opened_at), ('clicked', m.clicked_at), ('replied', m.replied_at),
        ('seen', i.seen_at), ('dismissed', i.dismissed_at)) AS g (what, at)
      WHERE m.customer = ${customer} AND g.at IS NOT NULL
    ), consent_line AS (
      SELECT at, 'consent' AS kind, ${order('id')} AS key, jsonb_build_object('channel', channel, 'topic', nullif(topic, ''), 'status', status, 'source', source,
        'evidence', evidence) AS facts FROM consent_change WHERE customer = ${customer}
    ), decision_line AS (
      SELECT d.at, 'decision' AS kind, ${order('d.id')} AS key, jsonb_build_object('decision', d.kind, 'campaign', s.campaign, 'run', s.run, 'version', s.version,
        'stepNumber', d.step, 'outcome', d.outcome, 'reason', d.reason, 'facts', d.facts) AS facts FROM decision d JOIN stay s ON s.id = d.enrollment
    ), score_line AS (
      SELECT at, 'score' AS kind, ${order('id')} AS key, jsonb_build_object('lifecycle', lifecycle, 'health', health, 'churnRisk', churn_risk) AS facts
      FROM customer_score_change WHERE customer = ${customer}
    ), profile_line AS (
      SELECT at, 'profile' AS kind, ${order('id')} AS key, jsonb_build_object('name', name, 'was', value) AS facts FROM profile_change WHERE customer = ${customer}
    )
    SELECT t.at, t.kind, t.key, jsonb_strip_nulls(t.facts) AS facts FROM (
      (SELECT * FROM event_line t WHERE ${page}) UNION ALL (SELECT * FROM stay_line t WHERE ${page}) UNION ALL (SELECT * FROM message_line t WHERE ${page})
      UNION ALL (SELECT * FROM engagement_line t WHERE ${page}) UNION ALL (SELECT * FROM consent_line t WHERE ${page})
      UNION ALL (SELECT * FROM decision_line t WHERE ${page}) UNION ALL (SELECT * FROM profile_line t WHERE ${page})
      UNION ALL (SELECT * FROM score_line t WHERE ${page})
    ) t WHERE ${page}`)
}
