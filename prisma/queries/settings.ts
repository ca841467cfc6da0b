import { defaultSettings, type Settings, settingsSchema } from '../../domain/settings.ts'
import { sql } from '../../domain/sql.ts'
import type { Db, Queryable } from '../client.ts'

/** What the environment says where nobody has set anything. */
export type SettingsEnvironment = Parameters<typeof defaultSettings>[0]

/** The settings that hold and their version: 0 until somebody sets them. */
export async function readVersionedSettings(
  db: Queryable,
  environment?: SettingsEnvironment,
): Promise<{ settings: Settings; version: number }> {
  const row = await db.row<{ value: unknown; version: number }>(sql`SELECT value, version FROM setting WHERE id = 1`)
  if (!row) return { settings: defaultSettings(environment), version: 0 }
  return { settings: settingsSchema.parse(row.value), version: row.version }
}

export const readSettings = async (db: Queryable, environment?: SettingsEnvironment): Promise<Settings> =>
  (await readVersionedSettings(db, environment)).settings

/** Replaces the settings; `check` sees the version that stands, held until the new one does, and may refuse. Answers the new version. */
export const writeSettings = (
  db: Db,
  settings: Settings,
  check: (standing: number, tx: Queryable) => void | Promise<void>,
): Promise<number> =>
  db.transaction(async tx => {
    // The first two writers meet here; later ones at the row.
    await tx.run(sql`LOCK TABLE setting IN SHARE ROW EXCLUSIVE MODE`)
    const row = await tx.row<{ version: number }>(sql`SELECT version FROM setting WHERE id = 1`)
    await check(row?.version ?? 0, tx)
    const version = (row?.version ?? 0) + 1
    await tx.run(sql`INSERT INTO setting (id, value, version) VALUES (1, ${JSON.stringify(settings)}::jsonb, ${version})
      ON CONFLICT (id) DO UPDATE SET value = excluded.value, version = excluded.version`)
    return version
  })
