import { unprocessable } from '../../../domain/errors.ts'
import type { Db } from '../../client.ts'
import { atOneMoment, type Moment } from '../one-moment.ts'

/** How long one metric may take, in milliseconds. */
const patienceMs = 30_000

/** Asks for a metric on one snapshot, with memory for large joins and an end to patience; statements asked at once run beside each other. Throws `unprocessable` when that is over. */
export async function askMetrics<T>(db: Db, ask: (tx: Moment) => Promise<T>): Promise<T> {
  try {
    return await atOneMoment(db, ask, {
      statement_timeout: `${patienceMs}ms`,
      work_mem: '96MB',
      jit: 'off',
      parallel_tuple_cost: '0',
      parallel_setup_cost: '2000',
      // What is looked for in parts of all customers lies spread over the tables.
      random_page_cost: '4',
    })
  } catch (error) {
    if ((error as { code?: unknown }).code !== '57014') throw error
    throw unprocessable(
      '/querystring/from',
      'tooSlow',
      t => t.refusals.metricTooSlow(patienceMs / 1_000),
      t => t.refusals.narrowMetric,
    )
  }
}
