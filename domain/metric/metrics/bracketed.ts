import { overCohorts } from '../cohort-answer.ts'
import { metricKind } from '../metric-kind.ts'
import { takes } from '../parameters.ts'

export const bracketed = metricKind({
  key: 'bracketed',
  parameters: takes('brackets', 'cohortEvent', 'returnEvent', 'days'),
  describe: t => t.metrics.bracketed,
  begins: 'with the first event',
  answer: ({ brackets = usual, cohortEvent, returnEvent, days = 'calendar' }, facts, question) => {
    const sorted = brackets.toSorted((a, b) => a[0] - b[0])
    const invalid = sorted.some(([from, to], i) => from > to || (i > 0 && from <= (sorted[i - 1]?.[1] ?? -1)))
    return overCohorts(facts, question, {
      definition: `bracketed.${days}`,
      cohortEvent,
      returnEvent,
      count: days,
      columns: brackets.map(([from, to]) => ({ from, to })),
      name: ({ from, to }) => ({ from, to: to ?? from }),
      invalid,
    })
  },
})

const usual: [from: number, to: number][] = [
  [0, 0],
  [1, 7],
  [8, 30],
]
