import { PerennialError } from '../../../domain/errors.ts'
import { sql } from '../../../domain/sql.ts'
import type { Db, Queryable } from '../../client.ts'

/** How long one metric may take, in milliseconds. */
const patienceMs = 30_000

/** Asks for a metric on one snapshot, with memory for large joins and an end to patience. Throws `unprocessable` when that is over. */
export async function askMetrics<T>(db: Db, ask: (tx: Queryable) => Promise<T>): Promise<T> {
  try {
    return await db.transaction(async tx => {
      await tx.run(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`)
      await tx.run(
        sql`SELECT set_config('statement_timeout', ${`${patienceMs}ms`}, true), set_config('work_mem', '96MB', true), set_config('jit', 'off', true)`,
      )
      return await ask(tx)
    })
  } catch (error) {
    if ((error as { code?: unknown }).code !== '57014') throw error
    const message = `this metric takes longer than ${patienceMs / 1_000} seconds to answer`
    throw new PerennialError('unprocessable', message, {
      faults: [{ path: '/querystring/from', code: 'tooSlow', message, hint: 'Narrow it: a shorter window, a smaller segment.' }],
      cause: error,
    })
  }
}
