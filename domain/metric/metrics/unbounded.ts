import { overCohorts } from '../cohort-answer.ts'
import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

export const unbounded = metricKind({
  key: 'unbounded',
  parameters: takes('n', 'cohortEvent', 'returnEvent', 'days'),
  describe: t => t.metrics.unbounded,
  begins: 'with the first event',
  answer: ({ n = [1, 7, 30], cohortEvent, returnEvent, days = 'calendar' }, facts, question) =>
    overCohorts(facts, question, {
      definition: `unbounded.${days}`,
      cohortEvent,
      returnEvent,
      count: days,
      columns: n.map(day => ({ from: day, to: null })),
      name: ({ from }) => ({ n: from }),
    }),
})
