import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Sql } from '../domain/sql.ts'
import { type Db, type Queryable, queryable } from './client.ts'

export interface OneConnection extends Db {
  /** For what cannot be in a transaction: in its turn, with all before it committed. */
  between(work: (db: Queryable) => Promise<void>): Promise<void>
}

interface Options {
  /** What is asked again and again is planned once, until a table it reads is analyzed; whoever wants that analyzes tables as they grow. */
  planOnce?: boolean
  /** Before each statement; its throw is the statement's. */
  before?: () => void
}

/** So many transactions are committed as one: what they leave behind can then be cleared. */
const together = 32

/**
 * A database over one connection of another, for one who works alone on what is temporary there: its transactions come one after the
 * other and are committed a few at a time, what is for others only is left out, and what lasts is asked once. A transaction must not begin
 * another, and when one fails all that follows does. `close` ends the connection, with all that was temporary.
 */
export async function openOneConnection(db: Db, { planOnce = false, before = () => {} }: Options = {}): Promise<OneConnection> {
  const connection = await db.pool.connect()
  const client = planOnce ? named(connection) : connection
  const ignore = () => {}
  connection.on('error', ignore)
  const alone = forOneAlone(queryable(client), before)
  let last: Promise<unknown> = Promise.resolve()
  let uncommitted = 0
  let failure: { error: unknown } | undefined
  const commit = async () => {
    if (uncommitted > 0) await client.query('COMMIT')
    uncommitted = 0
  }
  const inOrder = async <T>(work: (tx: Queryable) => Promise<T>): Promise<T> => {
    if (failure) throw failure.error
    try {
      if (uncommitted++ === 0) await client.query('BEGIN')
      const result = await work(alone)
      if (uncommitted >= together) await commit()
      return result
    } catch (error) {
      failure = { error }
      await client.query('ROLLBACK').catch(ignore)
      throw error
    }
  }
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(ignore)
    return turn
  }
  return {
    ...alone,
    // Only its identity is ever asked for: names that are remembered for the real database are not for this one.
    pool: {} as pg.Pool,
    prisma: db.prisma,
    transaction: work => inTurn(() => inOrder(work)),
    between: work =>
      inTurn(async () => {
        await commit()
        await work(alone)
      }),
    close: async () => {
      await last
      connection.release(true)
    },
  }
}

/** The same statements without what is for others, and with what lasts from memory. */
function forOneAlone(all: Queryable, before: () => void): Queryable {
  const remembered = new Map<string, Promise<unknown[]>>()
  const rows = <Row>(statement: Sql): Promise<Row[]> => {
    before()
    if (statement.nature === 'forOthers') return Promise.resolve([])
    if (statement.nature !== 'lasting') return all.rows<Row>(statement)
    const key = JSON.stringify([statement.pieces, statement.values])
    const known = remembered.get(key) ?? all.rows(statement)
    remembered.set(key, known)
    return known as Promise<Row[]>
  }
  return {
    rows,
    row: async <Row>(statement: Sql) => (await rows<Row>(statement))[0],
    run: async statement => {
      before()
      return statement.nature === 'forOthers' ? 0 : await all.run(statement)
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
