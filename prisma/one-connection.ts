import { createHash } from 'node:crypto'
import type pg from 'pg'
import { type Db, type Queryable, queryable } from './client.ts'

/**
 * A database over one connection of another: its transactions come one after the other, and what is temporary there is seen by all
 * of them. A transaction must not begin another. `close` ends the connection, with all that was temporary. `planOnce`: what is asked again
 * and again is planned once, until a table it reads is analyzed; whoever wants that analyzes tables as they grow.
 */
export async function openOneConnection(db: Db, { planOnce = false } = {}): Promise<Db> {
  const connection = await db.pool.connect()
  const client = planOnce ? named(connection) : connection
  const ignore = () => {}
  connection.on('error', ignore)
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = async <T>(work: (tx: Queryable) => Promise<T>): Promise<T> => {
    await client.query('BEGIN')
    try {
      const result = await work(queryable(client))
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch(ignore)
      throw error
    }
  }
  return {
    ...queryable(client),
    // Only its identity is ever asked for: names that are remembered for the real database are not for this one.
    pool: {} as pg.Pool,
    prisma: db.prisma,
    transaction: work => {
      const turn = last.then(() => inOrder(work))
      last = turn.catch(ignore)
      return turn
    },
    close: async () => {
      await last
      connection.release(true)
    },
  }
}

/** The same connection, which gives a statement a name once it comes a third time. */
function named(connection: pg.PoolClient): { query(config: pg.QueryConfig | string): Promise<pg.QueryResult> } {
  const often = new Map<string, { times: number; name: string }>()
  return {
    query: config => {
      if (typeof config === 'string') return connection.query(config)
      const known = often.get(config.text) ?? { times: 0, name: createHash('md5').update(config.text).digest('hex') }
      often.set(config.text, { ...known, times: known.times + 1 })
      return connection.query(known.times < 2 ? config : { ...config, name: known.name })
    },
  }
}
