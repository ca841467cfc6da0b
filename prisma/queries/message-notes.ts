import { raw, sql } from '../../domain/sql.ts'
import type { Db } from '../client.ts'

/** What notes who was sent something, and who did something with it. Only the first costs each send. */
const notes = {
  message_sent:
    'AFTER UPDATE ON message REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION touch_those_sent_to()',
  message_engaged: `AFTER UPDATE ON message FOR EACH ROW
    WHEN ((OLD.delivered_at, OLD.opened_at, OLD.clicked_at, OLD.replied_at) IS DISTINCT FROM (NEW.delivered_at, NEW.opened_at, NEW.clicked_at, NEW.replied_at))
    EXECUTE FUNCTION touch_who_engaged()`,
} as const
type Note = keyof typeof notes

/**
 * Sees to it that what happens to messages is noted as long as a saved segment asks for it, and costs nothing otherwise. When it has
 * answered true, whoever writes messages notes it: the triggers wait for those who were just writing. False where somebody writes for
 * too long, or we may make no triggers.
 */
export async function keepMessageNotes(db: Db): Promise<boolean> {
  const states = await db.row<{ wanted: Note[]; kept: Note[]; fixed: boolean }>(sql`
    SELECT array_remove(ARRAY[CASE WHEN EXISTS (SELECT 1 FROM segment WHERE rule @? '$.**.message ? (@.was == "sent")') THEN 'message_sent' END,
      CASE WHEN EXISTS (SELECT 1 FROM segment WHERE rule @? '$.**.message ? (@.was != "sent")') THEN 'message_engaged' END], NULL) AS wanted,
      (SELECT coalesce(array_agg(tgname::text), '{}') FROM pg_trigger WHERE tgrelid = 'message'::regclass AND tgname = ANY(${Object.keys(notes)}::text[])) AS kept,
      current_setting('transaction_read_only') = 'on' AS fixed`)
  const { wanted = [], kept = [], fixed = true } = states ?? {}
  const missing = wanted.filter(note => !kept.includes(note))
  if (fixed) return missing.length === 0
  const changes = [
    ...missing.map(note => `CREATE OR REPLACE TRIGGER ${note} ${notes[note]}`),
    ...kept.filter(note => !wanted.includes(note)).map(note => `DROP TRIGGER IF EXISTS ${note} ON message`),
  ]
  try {
    for (const change of changes)
      await db.transaction(async tx => {
        // Nobody who sends stands behind us for long; the next look tries again.
        await tx.run(sql`SELECT set_config('lock_timeout', '3s', true)`)
        await tx.run(raw(change))
      })
    return true
  } catch {
    return missing.length === 0
  }
}
