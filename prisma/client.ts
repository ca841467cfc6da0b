import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { type Sql, toQuery } from '../domain/sql.ts'
import { PrismaClient } from './generated/client.ts'

// Counts and ids of this project stay far below 2^53: bigint columns arrive as numbers, not as strings.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number)

/** Anything that runs one statement: the pool, or the one connection of a transaction. */
export interface Queryable {
  /** All rows of a statement. */
  rows<Row>(statement: Sql): Promise<Row[]>
  /** The first row, or undefined. */
  row<Row>(statement: Sql): Promise<Row | undefined>
  /** How many rows a statement changed. */
  run(statement: Sql): Promise<number>
}

export interface TransactionOptions {
  /**
   * Others need not wait for the disk: what the transaction held is free, and what it did is seen, when its end is in the log. Its caller is
   * answered, as always, when the log is on the disk; whoever has seen it and commits anything has it on the disk with that.
   */
  yields?: boolean
}

/** The database: sets by SQL, single rows by Prisma, both over one pool. */
export interface Db extends Queryable {
  readonly pool: pg.Pool
  readonly prisma: PrismaClient
  /** Runs `work` in one transaction; a throw rolls all of it back. */
  transaction<T>(work: (tx: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>
  close(): Promise<void>
}

/** Statements over one client or a pool. */
export const queryable = (client: { query(config: pg.QueryConfig): Promise<pg.QueryResult> }): Queryable => ({
  rows: async <Row>(statement: Sql) => (await client.query(toQuery(statement))).rows as Row[],
  row: async <Row>(statement: Sql) => (await client.query(toQuery(statement))).rows[0] as Row | undefined,
  run: async statement => (await client.query(toQuery(statement))).rowCount ?? 0,
})

/** Opens a pool of `connections` (default 20); `close` ends it so that a process can leave at once. */
export function openDatabase(url: string, connections = 20): Db {
  const pool = new pg.Pool({ connectionString: url, max: connections, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 5_000 })
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {})
  // So is one that breaks while it is being put away.
  pool.on('connect', client => void client.on('error', () => {}))
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    ...queryable(pool),
    pool,
    prisma,
    transaction: async (work, { yields = false } = {}) => {
      const client = await pool.connect()
      // A connection lost in the middle would otherwise raise an unhandled event beside the rejected query.
      const ignore = () => {}
      client.on('error', ignore)
      let broken: Error | undefined
      try {
        await client.query(yields ? 'BEGIN; SET LOCAL synchronous_commit = off' : 'BEGIN')
        const result = await work(queryable(client))
        // Behind it an end of its own, as lasting as every other of this server: the log is on the disk up to here.
        await client.query(yields ? `COMMIT; SELECT pg_logical_emit_message(true, 'perennial', '')` : 'COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch((lost: Error) => {
          broken = lost
        })
        throw error
      } finally {
        client.off('error', ignore)
        client.release(broken)
      }
    },
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
