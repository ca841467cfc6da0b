import { expect, test } from 'vitest'
import { drawn, sinceFor } from '../../web/pages/retention/series.ts'

test('a period that is only in part over is told and not drawn; a column of days has no such part', () => {
  const series = [
    { period: '2024-01', complete: true, value: 12 },
    { period: '2024-02', complete: true, value: null },
    { period: '2024-03', complete: false, value: 2 },
  ]
  expect(drawn(series)).toEqual({ whole: [series[0]], partly: [series[2]] })
  expect(drawn([{ n: 1, value: 40 }])).toEqual({ whole: [{ n: 1, value: 40 }], partly: [] })
  expect(drawn(undefined)).toEqual({ whole: [], partly: [] })
})

test('a line over time begins with a whole period', () => {
  const leapDay = new Date('2024-02-29T23:00:00Z')
  expect([sinceFor('month', leapDay), sinceFor('week', leapDay), sinceFor('day', leapDay)]).toEqual([
    '2023-02-01',
    '2023-08-28',
    '2024-01-30',
  ])
})
