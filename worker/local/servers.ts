import { join } from 'node:path'
import type { Config } from '../../domain/config.ts'
import { type KeptServer, keepServer } from './keep.ts'
import { startPostgres } from './postgres.ts'
import { startTemporalServer } from './temporal-server.ts'

export interface Servers {
  databaseUrl: string
  temporalAddress: string
  temporalUi: string | undefined
  /** Temporal first: its last tasks may still want the database. */
  stop: (force: boolean) => Promise<void>
}

/**
 * The database and the Temporal server: those that the configuration names, and embedded ones for the rest, started together
 * and kept running. `moved` hears of a server that had to come back under another address. When one cannot start, the other is
 * stopped again.
 */
export async function startServers(
  config: Config,
  dataDir: string,
  log: (line: string) => void,
  moved: (now: Servers) => void,
): Promise<Servers> {
  const kept: { postgres?: KeptServer; temporal?: KeptServer } = {}
  const stop = async (force: boolean) => {
    await kept.temporal?.stop(force)
    await kept.postgres?.stop(force)
  }
  const servers: Servers = {
    databaseUrl: config.databaseUrl ?? '',
    temporalAddress: config.temporal.address ?? '',
    temporalUi: undefined,
    stop,
  }

  const postgres = async () => {
    const dir = join(dataDir, 'postgres')
    const first = await startPostgres({ dir })
    servers.databaseUrl = first.url
    kept.postgres = keepServer(
      'PostgreSQL',
      first,
      async last => {
        const now = await startPostgres({ dir, port: last.port })
        servers.databaseUrl = now.url
        if (now.url !== last.url) moved(servers)
        return now
      },
      log,
    )
  }
  const temporal = async () => {
    const options = { dir: dataDir, namespace: config.temporal.namespace, log }
    const first = await startTemporalServer(options)
    servers.temporalAddress = first.address
    servers.temporalUi = first.uiUrl
    kept.temporal = keepServer(
      'The Temporal server',
      first,
      async last => {
        const now = await startTemporalServer({ ...options, port: last.port })
        servers.temporalAddress = now.address
        if (now.address !== last.address) moved(servers)
        return now
      },
      log,
    )
  }
  const started = await Promise.allSettled([
    config.databaseUrl ? undefined : postgres(),
    config.temporal.address ? undefined : temporal(),
  ])
  const failed = started.find(one => one.status === 'rejected')
  if (failed) {
    await stop(true)
    throw failed.reason
  }
  return servers
}
