import { Context } from '@temporalio/activity'
import { fitBgNbd } from '../domain/metric/bgnbd-fit.ts'
import { localDay } from '../domain/metric/calendar.ts'
import { fitGammaGamma } from '../domain/metric/gamma-gamma.ts'
import { type ScoreFacts, scoreCustomer } from '../domain/metric/score.ts'
import { medianOf, type ScoreModel } from '../domain/metric/score-model.ts'
import type { Settings } from '../domain/settings.ts'
import type { Db, Queryable } from '../prisma/client.ts'
import {
  countBuyers,
  gapCounts,
  historyCounts,
  holdPurchaseDays,
  inOneReading,
  type Purchases,
  type Reading,
  rankCuts,
  readPurchases,
  repeatSpends,
} from '../prisma/queries/score-purchases.ts'
import {
  completeModel,
  findModel,
  insertModel,
  lastCustomer,
  readScoreSettings,
  readSignals,
  storeScores,
} from '../prisma/queries/scores.ts'
import { ruleContext } from '../prisma/queries/segments.ts'
import { withHeartbeat } from './heartbeat.ts'

export interface ScoresDeps {
  db: Db
  settings(): Promise<Settings>
}

/** The models learn from about so many customers at most: more change their digits, not their meaning. */
const learnFrom = 150_000
const customersAtOnce = 10_000

/** Scores of all customers: first what everybody teaches, then each by it. */
export function createScores({ db, settings }: ScoresDeps) {
  async function readingAt(at: Date, zone?: string): Promise<Reading> {
    const { currencies, defaultTimezone } = await settings()
    const { eventId } = await ruleContext(db, at)
    return { eventId, asOf: at, zone: zone ?? defaultTimezone, ...currencies }
  }

  return {
    /** Learns from everybody's purchases until `at`: thresholds, the usual gap, the models. Answers the number it is kept under. */
    async fitScores(request: { at: number }): Promise<{ model: number }> {
      const at = new Date(request.at)
      return withHeartbeat(async () => {
        const reading = await readingAt(at)
        const model = await inOneReading(db, tx => learn(tx, reading))
        return { model: await insertModel(db, at, model) }
      })
    },

    /** Scores everybody by a model, a range of customers after the other; begun again, it goes on where it was. */
    async scoreCustomers(request: { model: number }): Promise<{ scored: number }> {
      const row = await findModel(db, request.model)
      if (!row) throw new Error(`there is no score model ${request.model}`)
      const reading = await readingAt(row.at, row.model.zone)
      let { after, scored } = progressBefore()
      await inOneReading(db, async tx => {
        const end = await lastCustomer(tx)
        const scoreUpTo = async (upTo: number, purchases: ReadonlyMap<number, Purchases>) => {
          while (after < upTo) {
            const next = Math.min(upTo, after + customersAtOnce)
            const signals = await readSignals(tx, reading, after, next)
            const scores = signals.map(each => ({
              customer: each.customer,
              score: scoreCustomer(factsOf(each, purchases.get(each.customer)), row.model),
            }))
            await storeScores(db, row.at, scores)
            after = next
            scored += scores.length
            tell({ after, scored })
          }
        }
        for await (const batch of readPurchases(tx, reading, { after, batch: customersAtOnce }))
          await scoreUpTo(batch.at(-1)?.customer ?? after, new Map(batch.map(each => [each.customer, each])))
        await scoreUpTo(end, new Map())
      })
      await completeModel(db, request.model, scored, row.at)
      return { scored }
    },
  }
}

const factsOf = (signals: Omit<ScoreFacts, 'days' | 'spends' | 'orders'>, purchases: Purchases | undefined): ScoreFacts => ({
  days: purchases?.days ?? [],
  spends: purchases?.spends ?? [],
  orders: purchases?.orders ?? 0,
  engagement: signals.engagement,
  subscription: signals.subscription,
  nps: signals.nps,
  csat: signals.csat,
})

async function learn(tx: Queryable, reading: Reading): Promise<ScoreModel> {
  const { settings } = await readScoreSettings(tx)
  const asOfDay = localDay(reading.asOf.getTime(), reading.zone)
  const buyers = await countBuyers(tx, reading)
  const every = Math.max(1, Math.floor(buyers / learnFrom))
  const days = await holdPurchaseDays(tx, reading)
  const histories = await historyCounts(tx, days, asOfDay, every)
  const purchases = fitBgNbd(
    histories.map(({ x, tx: last, t }) => ({ x, tx: last / 7, T: t / 7 })),
    histories.map(({ n }) => n),
  )
  const spend = fitGammaGamma(await repeatSpends(tx, days, every))
  return {
    asOfDay,
    zone: reading.zone,
    buyers,
    pooledGap: medianOf(await gapCounts(tx, days, []), 30),
    rfm: await rankCuts(tx, days, asOfDay),
    purchases:
      purchases.reason === null
        ? { params: purchases.params, logLik: purchases.logLik, n: purchases.n, of: buyers, reason: null }
        : { params: null, reason: purchases.reason },
    spend: spend.reason === null ? { params: spend.params, n: spend.n, reason: null } : { params: null, reason: spend.reason },
    settings,
  }
}

interface Progress {
  after: number
  scored: number
}

/** How far an earlier attempt came. Outside an activity there was none. */
function progressBefore(): Progress {
  try {
    return (Context.current().info.heartbeatDetails as Progress | undefined) ?? { after: 0, scored: 0 }
  } catch {
    return { after: 0, scored: 0 }
  }
}

function tell(progress: Progress): void {
  try {
    Context.current().heartbeat(progress)
  } catch {
    // No activity context: nobody to tell.
  }
}
