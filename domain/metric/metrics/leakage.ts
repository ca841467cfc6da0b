import { milliseconds } from '../../time.ts'
import { metricKind, overWindows } from '../metric-kind.ts'
import { takes } from '../parameters.ts'
import { leakageRate } from '../retention.ts'

export const leakage = metricKind({
  key: 'leakage',
  parameters: takes('grace'),
  describe: t => t.metrics.leakage,
  begins: 'with the first event',
  answer: ({ grace = '0d' }, facts, question) =>
    overWindows(question, async window => ({
      definition: `leakage.trialEnd(grace ${grace})`,
      unit: 'percent',
      rows: (await facts.trials(window, Math.floor(milliseconds(grace) / 86_400_000))).map(
        ({ group, total, ended, leaked, running, paid, renewed, renewing }) => ({
          group,
          total,
          ...leakageRate({ ended, leaked }),
          numerator: leaked,
          denominator: ended,
          running,
          // Who may still come to a step is maturing there, and no loss before it.
          funnel: [
            { step: 'trialEnded', customers: ended, maturing: running },
            { step: 'paid', customers: paid, maturing: 0 },
            { step: 'renewed', customers: renewed, maturing: renewing },
          ],
        }),
      ),
    })),
})
