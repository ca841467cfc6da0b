// Sends the waves it is handed, as a worker would but without Temporal, and says of each when everybody in it rests.
import { readConnectedConfig } from '../../domain/config.ts'
import type { Wave } from '../../domain/journey/dispatch.ts'
import { walk } from '../../domain/journey/walk.ts'
import { readSettings } from '../../prisma/queries/settings.ts'
import { built } from './built.ts'

const { createActivities } = await built<typeof import('../../activities/index.ts')>('activities/index')
const { createVersions } = await built<typeof import('../../activities/versions.ts')>('activities/versions')
const { createChannels } = await built<typeof import('../../channels/registry.ts')>('channels/registry')
const { openDatabase } = await built<typeof import('../../prisma/client.ts')>('prisma/client')

const config = readConnectedConfig(process.env)
const db = openDatabase(config.databaseUrl, 24)
const nowhere = { put: async () => {} }
const channels = createChannels(config, { inbox: nowhere, outbox: () => nowhere, holds: () => undefined } as never)
const { perform } = createActivities({
  db,
  versions: createVersions(db),
  channels,
  links: { secretKey: 'bench', publicUrl: 'https://shop.example' },
  settings: () => readSettings(db, config),
})

process.on('message', async ({ campaign, run, at, wave }: { campaign: number; run: number; at: number; wave: Wave }) => {
  await walk(wave, { now: () => at, perform: request => perform({ campaign, run, ...request }) })
  process.send?.(wave.wave)
})
process.once('SIGTERM', () => process.exit(0))
console.log('ready')
