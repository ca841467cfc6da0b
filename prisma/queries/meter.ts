import { sql, tally } from '../../domain/sql.ts'
import type { Queryable } from '../client.ts'

export interface Meter {
  /** Milliseconds since the epoch: how far messages were let go ahead. */
  pacedTo: number | null
  /** In the reporting currency. */
  spent: number
}

/** A run's meter, held until the transaction ends; made when there is none. */
export async function holdMeter(tx: Queryable, run: number): Promise<Meter> {
  await tx.run(sql`INSERT INTO run_meter (run) VALUES (${run}) ON CONFLICT DO NOTHING`)
  const row = await tx.row<Meter>(sql`SELECT paced_to AS "pacedTo", spent FROM run_meter WHERE run = ${run} FOR UPDATE`)
  return row ?? { pacedTo: null, spent: 0 }
}

export const setPace = (tx: Queryable, run: number, pacedTo: number) =>
  tx.run(sql`UPDATE run_meter SET paced_to = ${pacedTo} WHERE run = ${run}`)

/** Gives back the time of messages that were let go but did not leave. */
export const refundPace = (tx: Queryable, run: number, milliseconds: number) =>
  tx.run(sql`UPDATE run_meter SET paced_to = paced_to - ${milliseconds} WHERE run = ${run}`)

/** Adds what was spent; less than nothing where a claimed message was not sent after all. `asked`: whether a budget asks for it on the way. */
export function spend(tx: Queryable, run: number, amount: number, asked = true) {
  const adding = sql`INSERT INTO run_meter (run, spent) VALUES (${run}, ${amount}) ON CONFLICT (run) DO UPDATE SET spent = run_meter.spent + excluded.spent`
  return tx.run(asked ? adding : tally(adding))
}
