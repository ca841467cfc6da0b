import type pg from 'pg'
import { raw, type Sql, sql } from '../../domain/sql.ts'
import { type Db, type Queryable, queryable } from '../client.ts'

/** How many sessions a question may use: where two statements are asked at once, the one's lone stretches are the other's. */
const sessionsAtMost = 3

type Work = (on: Queryable) => Promise<void>

/** Sessions that see one moment. */
export interface Moment extends Queryable {
  /**
   * Rows of statements that share one question, in the order of the statements. Each is the work of its session alone: what the server's
   * further processes would find, they would have to hand to it row by row, and the other sessions want the processors.
   */
  shares<Row>(statements: readonly Sql[]): Promise<Row[][]>
  /** One session for several statements, as a cursor needs it, until `done`. */
  hold(): Promise<{ on: Queryable; done: () => void }>
}

/**
 * Runs questions about everybody over one snapshot, so that all numbers of an answer agree, with memory for large joins. Statements
 * asked at once run at once, on further sessions that share the snapshot, as far as the pool has any to spare.
 */
export const atOneMoment = <T>(db: Db, ask: (tx: Moment) => Promise<T>, settings: Settings = ofOutcomes): Promise<T> =>
  db.transaction(async tx => {
    await open(tx, settings)
    const snapshot = await tx.row<{ id: string }>(sql`SELECT pg_export_snapshot() AS id`)
    const waiting: Work[] = []
    const idle: Queryable[] = [tx]
    const others: Promise<void>[] = []
    let sessions = 1
    let over = false
    let done = () => {}
    const end = new Promise<void>(resolve => {
      done = resolve
    })

    const pump = () => {
      while (idle.length > 0 && waiting.length > 0) {
        const on = idle.shift() as Queryable
        const work = waiting.shift() as Work
        void work(on).finally(() => {
          idle.push(on)
          pump()
        })
      }
      if (waiting.length > 0 && sessions < sessionsAtMost && spare(db.pool) && snapshot && !over) {
        sessions++
        others.push(besides(snapshot.id).catch(() => {}))
      }
    }
    /** A session more, until the question is answered; what waits is not bound to it. */
    const besides = async (id: string) => {
      const client = await db.pool.connect()
      try {
        const on = queryable(client)
        await on.run(sql`BEGIN`)
        await open(on, settings, id)
        idle.push(on)
        pump()
        await end
      } finally {
        const broken = await client.query('ROLLBACK').then(
          () => false,
          () => true,
        )
        client.release(broken)
      }
    }
    const alone = new Set<Queryable>()
    /** Lets a session use further processes, or not; it is told only where that changes. */
    const workers = async (on: Queryable, allowed: boolean) => {
      if (alone.has(on) !== allowed) return
      await on.run(raw(`SET LOCAL max_parallel_workers_per_gather TO ${allowed ? 'DEFAULT' : '0'}`))
      if (allowed) alone.delete(on)
      else alone.add(on)
    }
    const spread = <R>(one: (on: Queryable) => Promise<R>, processes = true): Promise<R> =>
      new Promise((resolve, reject) => {
        waiting.push(on =>
          workers(on, processes)
            .then(() => one(on))
            .then(resolve, reject),
        )
        pump()
      })
    try {
      return await ask({
        rows: <Row>(statement: Parameters<Queryable['rows']>[0]) => spread(on => on.rows<Row>(statement)),
        row: <Row>(statement: Parameters<Queryable['row']>[0]) => spread(on => on.row<Row>(statement)),
        run: statement => spread(on => on.run(statement)),
        shares: <Row>(statements: readonly Sql[]) =>
          Promise.all(statements.map(statement => spread(on => on.rows<Row>(statement), false))),
        hold: () => new Promise(taken => void spread(on => new Promise<void>(done => taken({ on, done })))),
      })
    } finally {
      over = true
      waiting.length = 0
      done()
      await Promise.all(others)
    }
  })

/** Never the last connections: who holds one and waits for another would wait for somebody who does the same. */
const spare = (pool: pg.Pool): boolean => pool.waitingCount === 0 && pool.totalCount - pool.idleCount < pool.options.max / 2

/** What a session is set to while it answers. */
export type Settings = Readonly<Record<string, string>>

/**
 * The planner takes the few groups by arm and age for a million, and would not divide the work among processes. And it takes a hundred
 * thousand probes of an index for cheaper than reading the table once: what is looked for is spread over all of it.
 */
const ofOutcomes: Settings = {
  statement_timeout: '30000ms',
  work_mem: '128MB',
  jit: 'off',
  parallel_tuple_cost: '0',
  parallel_setup_cost: '100',
  random_page_cost: '4',
}

async function open(tx: Queryable, settings: Settings, snapshot?: string): Promise<void> {
  await tx.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`)
  // A name of the server's own making, which no parameter can take the place of.
  if (snapshot && /^[0-9A-F-]+$/.test(snapshot)) await tx.run(raw(`SET TRANSACTION SNAPSHOT '${snapshot}'`))
  await tx.run(
    sql`SELECT set_config(name, value, true) FROM json_each_text(${JSON.stringify(settings)}::json) AS s (name, value)`,
  )
}
