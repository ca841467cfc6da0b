import { expect, test } from 'vitest'
import { type ClvInput, clv, ltvCac } from '../../../domain/metric/clv.ts'
import { type Answer, csat, nps } from '../../../domain/metric/survey.ts'
import { agree, only, oracle } from '../oracle.ts'

const surveys = oracle<{ metric: string; answers: Answer[]; min: number; max: number; satisfiedFrom: number }>('nps_csat')
test.each(only(surveys, 'metric', 'nps'))('%s', (_, each) => agree(nps(each.inputs.answers), each))
test.each(only(surveys, 'metric', 'csat'))('%s', (_, each) => agree(csat(each.inputs.answers, each.inputs), each))

const values = oracle<ClvInput & { metric: string; ltv: number; acquisitionSpend: number; acquired: number }>('clv')
test.each(only(values, 'metric', 'clv'))('%s', (_, each) => {
  const got = clv(each.inputs)
  agree(got, each)
  expect(got.definition).toBe(each.inputs.definition)
})
test.each(only(values, 'metric', 'ltvCac'))('%s', (_, each) => agree(ltvCac(each.inputs), each))
