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
        ({ group, total, ended, leaked, running, paid, renewed }) => ({
          group,
          total,
          ...leakageRate({ ended, leaked }),
          numerator: leaked,
          denominator: ended,
          running,
          funnel: [
            { step: 'trialEnded', customers: ended },
            { step: 'paid', customers: paid },
            { step: 'renewed', customers: renewed },
          ],
        }),
      ),
    })),
})
