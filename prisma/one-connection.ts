import type pg from 'pg'
import { type Db, type Queryable, queryable } from './client.ts'

/**
 * A database over one connection of another: its transactions come one after the other, and what is temporary there is seen by all
 * of them. A transaction must not begin another. `close` ends the connection, with all that was temporary.
 */
export async function openOneConnection(db: Db): Promise<Db> {
  const client = await db.pool.connect()
  const ignore = () => {}
  client.on('error', ignore)
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
      client.release(true)
    },
  }
}
