import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Sql } from '../domain/sql.ts'
import { type Db, type Queryable, queryable } from './client.ts'

export interface OneConnection extends Db {
  /** For what cannot be in a transaction: in its turn, with all before it committed. */
  between(work: (db: Queryable) => Promise<void>): Promise<void>
  /** Adds up what was tallied; nobody may ask for those sums before. */
  settle(): Promise<void>
}

interface Options {
  /** What is asked again and again is planned once, until a table it reads is analyzed; whoever wants that analyzes tables as they grow. */
  planOnce?: boolean
  /** Before each statement; its throw is the statement's. */
  before?: () => void
}

const ignore = () => {}

/** So many transactions are committed as one: what they leave behind can then be cleared. */
const together = 32

/**
 * A database over one connection of another, for one who works alone on what is temporary there: its transactions come one after the
 * other and are committed a few at a time, what is for others only is left out, what lasts is asked once, what seldom changes once until its
 * table is written to, and tallies wait until they are settled. A transaction must not begin
 * another, and when one fails all that follows does. `close` ends the connection, with all that was temporary.
 */
export async function openOneConnection(db: Db, { planOnce = false, before = () => {} }: Options = {}): Promise<OneConnection> {
  const connection = await db.pool.connect()
  const client = inLine(unlocked(planOnce ? named(connection) : connection))
  connection.on('error', ignore)
  const tallied = new Map<string, Sql>()
  const alone = forOneAlone(queryable(client), before, tallied)
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
    settle: () =>
      inTurn(() =>
        inOrder(async () => {
          for (const { pieces, values } of tallied.values()) await alone.run({ pieces, values })
          tallied.clear()
        }),
      ),
    close: async () => {
      await last
      connection.release(true)
    },
  }
}

/** The same statements without what is for others, with what lasts from memory, and with what is `tallied` summed up there. */
function forOneAlone(all: Queryable, before: () => void, tallied: Map<string, Sql>): Queryable {
  const remembered = new Map<string, Promise<unknown[]>>()
  /** What is remembered until its table is written to, by table. */
  const until = new Map<string, { writes: RegExp; known: Map<string, Promise<unknown[]>> }>()
  const seldomOf = (table: string) => {
    const one = until.get(table) ?? { writes: new RegExp(`(INTO|UPDATE|DELETE FROM) (pg_temp\\.)?${table}\\b`), known: new Map() }
    until.set(table, one)
    return one.known
  }
  const mayWrite = ({ pieces }: Sql) => {
    for (const { writes, known } of until.values()) if (known.size > 0 && pieces.some(piece => writes.test(piece))) known.clear()
  }
  const once = <Row>(statement: Sql, known: Map<string, Promise<unknown[]>>): Promise<Row[]> => {
    const key = JSON.stringify([statement.pieces, statement.values])
    const answer = known.get(key) ?? all.rows(statement)
    known.set(key, answer)
    return answer as Promise<Row[]>
  }
  const rows = <Row>(statement: Sql): Promise<Row[]> => {
    before()
    if (statement.nature === 'forOthers') return Promise.resolve([])
    if (statement.nature === 'lasting') return once(statement, remembered)
    if (statement.nature === 'seldom' && statement.of !== undefined) return once(statement, seldomOf(statement.of))
    mayWrite(statement)
    return all.rows<Row>(statement)
  }
  return {
    rows,
    row: async <Row>(statement: Sql) => (await rows<Row>(statement))[0],
    run: async statement => {
      before()
      if (statement.nature === 'forOthers') return 0
      mayWrite(statement)
      if (statement.nature !== 'tally') return await all.run(statement)
      const key = JSON.stringify([statement.pieces, statement.values.slice(0, -1)])
      const sum = Number(tallied.get(key)?.values.at(-1) ?? 0) + Number(statement.values.at(-1))
      tallied.set(key, { ...statement, values: [...statement.values.slice(0, -1), sum] })
      return 0
    },
  }
}

type Asks = { query(config: pg.QueryConfig | string): Promise<pg.QueryResult> }

/** The same connection, asked one statement after the other: what comes while it answers waits here, because a connection keeps no queue. */
function inLine(connection: Asks): Asks {
  let last: Promise<unknown> = Promise.resolve()
  return {
    query: config => {
      const answer = last.then(() => connection.query(config))
      last = answer.catch(ignore)
      return answer
    },
  }
}

/** The same connection, which takes no locks on rows: nobody else is there. */
function unlocked(connection: Asks): Asks {
  const without = new Map<string, string>()
  return {
    query: config => {
      if (typeof config === 'string') return connection.query(config)
      const text = without.get(config.text) ?? config.text.replace(locking, '')
      without.set(config.text, text)
      return connection.query({ ...config, text })
    },
  }
}
const locking = /\s+FOR (NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)( OF \w+)?( SKIP LOCKED| NOWAIT)?(?=\s|\)|$)/g

/** The same connection, which gives a statement a name once it comes a third time. */
function named(connection: Asks): Asks {
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
