import { overCohorts } from '../cohort-answer.ts'
import { metricKind, periodsFor } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

/** As many periods as one table can show. */
const maxColumns = 60

export const cohorts = metricKind({
  key: 'cohorts',
  parameters: takes('cohortEvent', 'returnEvent'),
  describe: t => t.metrics.cohorts,
  begins: 'with the first event',
  answer: ({ cohortEvent, returnEvent }, facts, question) => {
    const unit = question.period ?? 'month'
    const periods = periodsFor({ ...question, window: { from: question.window.from, to: question.asOf } }, unit).length
    return overCohorts(facts, question, {
      definition: `cohorts.${unit}`,
      cohortEvent,
      returnEvent,
      count: unit,
      label: unit,
      columns: Array.from({ length: Math.min(periods, maxColumns) }, (_, i) => ({ from: i, to: i })),
      name: ({ from }) => ({ period: from }),
    })
  },
})
