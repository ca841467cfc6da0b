import { createActivities } from '../../activities/index.ts'
import { createVersions } from '../../activities/versions.ts'
import { type Happening, runVirtually } from '../../activities/virtual-clock.ts'
import { runIds } from '../../domain/ids.ts'
import { defaultSettings, type Settings } from '../../domain/settings.ts'
import { findRun } from '../../prisma/queries/runs.ts'
import { type TestApi, testApi } from './api.ts'
import { memoryChannels, type Sent } from './journey.ts'

export interface PlayedApi extends TestApi {
  now: { at: number }
  sent: Sent[]
  activities: ReturnType<typeof createActivities>
  settings: Settings
  /** Makes a campaign over the API and launches it; the document may be anything the API takes. */
  launch(document: Record<string, unknown>): Promise<{ id: string; run: string }>
  /** Runs a launched campaign from the clock's time on; the clock stands at `until` afterwards. */
  play(run: string, until: number, happenings?: Happening[]): ReturnType<typeof runVirtually>
  identify(n: number, traits?: (i: number) => Record<string, unknown>): Promise<void>
}

/** The API and the engine over one database and one clock that jumps. */
export async function playedApi(start: number): Promise<PlayedApi> {
  const now = { at: start }
  const api = await testApi({ clock: () => new Date(now.at) })
  const { sent, channels } = memoryChannels()
  const settings = defaultSettings({ postalAddress: 'Main Street 1, Springfield' })
  const activities = createActivities({
    db: api.db,
    versions: createVersions(api.db),
    channels,
    links: { secretKey: 'a secret of the tests, long enough', publicUrl: 'https://shop.example' },
    settings: async () => settings,
  })
  const { version: _, ...standing } = (await api.call('GET', '/v1/settings')).body
  await api.call('PUT', '/v1/settings', { ...standing, postalAddress: 'Main Street 1, Springfield' })
  return {
    ...api,
    now,
    sent,
    activities,
    settings,
    launch: async document => {
      const made = await api.call('POST', '/v1/campaigns', document)
      if (made.status !== 201) throw new Error(made.text)
      const launched = await api.call('POST', `/v1/campaigns/${made.body.id}/launch`)
      if (launched.status !== 202) throw new Error(launched.text)
      return { id: made.body.id, run: launched.body.run }
    },
    play: async (run, until, happenings) => {
      const row = (await findRun(api.db, runIds.read(run)!))!
      const result = await runVirtually({
        activities,
        campaign: row.campaign,
        run: row.id,
        finite: row.finite,
        snapshot: true,
        from: now.at,
        until,
        ...(happenings ? { happenings } : {}),
      })
      now.at = until
      return result
    },
    identify: async (n, traits = () => ({})) => {
      const answer = await api.call('POST', '/v1/batch', {
        batch: Array.from({ length: n }, (_, i) => ({
          type: 'identify',
          userId: `c${i}`,
          traits: { email: `c${i}@mail.example`, ...traits(i) },
        })),
      })
      if (answer.status !== 200) throw new Error(answer.text)
    },
  }
}
