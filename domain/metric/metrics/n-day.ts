import { overCohorts } from '../cohort-answer.ts'
import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

export const nDay = metricKind({
  key: 'nDay',
  parameters: takes('n', 'cohortEvent', 'returnEvent', 'days'),
  describe: t => t.metrics.nDay,
  begins: 'with the first event',
  answer: ({ n = [1, 7, 30], cohortEvent, returnEvent, days = 'calendar' }, facts, question) =>
    overCohorts(facts, question, {
      definition: `nDay.${days}`,
      cohortEvent,
      returnEvent,
      count: days,
      columns: n.map(day => ({ from: day, to: day })),
      name: ({ from }) => ({ n: from }),
    }),
})
