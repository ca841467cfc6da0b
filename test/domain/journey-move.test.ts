import { describe, expect, test } from 'vitest'
import { moveTo } from '../../domain/journey/move.ts'
import { compileProgram, type Program, placesOf } from '../../domain/journey/program.ts'
import type { Step } from '../../domain/journey/step-kind.ts'
import { journeySchema } from '../../domain/journey/steps/index.ts'

const steps = (...list: unknown[]): Step[] => journeySchema.parse(list)
const program = (list: Step[], previous?: Program) => compileProgram([{ key: 'g', journey: list }], previous)
const set = (id: string) => ({ kind: 'set', id, attributes: { [id]: true } })
const wait = (id: string) => ({ kind: 'wait', id, for: '3d' })
const numberOf = (of: Program, id: string) => of.steps.findIndex(step => step.id === id)
/** The id and kind of the instruction at a place. */
const what = (of: Program, place: number | undefined) => {
  const instruction = of.instructions[place ?? -1]
  return instruction && `${instruction.op} ${instruction.step === null ? '' : of.steps[instruction.step]?.id}`.trim()
}
/** Where somebody rests who waits at a step. */
const waitingAt = (of: Program, id: string) => {
  const step = numberOf(of, id)
  const rests = of.instructions.find(instruction => instruction.op === 'wait' && instruction.step === step)
  return { goal: 'g', place: rests?.op === 'wait' ? rests.next : -1, step, awaiting: false }
}

describe('a program made over an earlier one', () => {
  test('keeps the number of every step that still is, and never gives that of one that is no more to another', () => {
    const before = program(steps(set('a'), wait('w'), set('b'), set('c')))
    const after = program(steps(set('new'), set('c'), set('a'), { kind: 'exit', id: 'b' }), before)
    for (const id of ['a', 'c']) expect(numberOf(after, id)).toBe(numberOf(before, id))
    expect(after.steps.map(step => [step.id, step.kind, step.goal])).toEqual([
      ['a', 'set', 'g'],
      ['w', 'wait', ''],
      ['b', 'set', ''],
      ['c', 'set', 'g'],
      ['new', 'set', 'g'],
      ['b', 'exit', 'g'],
    ])
  })
})

describe('a customer who moves to a later version', () => {
  const before = program(steps(set('a'), wait('w'), set('b'), wait('x'), set('c')))

  test('stays where they are when nothing changed, wherever that is', () => {
    const same = program(steps(set('a'), wait('w'), set('b'), wait('x'), set('c')), before)
    for (const place of placesOf(before)) {
      const standing = { goal: 'g', place, step: 0, awaiting: false }
      expect(moveTo(before, same, standing), String(place)).toEqual({ place, awaiting: false, now: false })
    }
  })

  test('goes on, after the wait they are in, with what follows it now', () => {
    const after = program(steps(set('a'), wait('w'), set('new'), set('b'), set('c')), before)
    const moved = moveTo(before, after, waitingAt(before, 'w'))
    expect([what(after, moved?.place), moved?.now]).toEqual(['act new', false])
  })

  test('goes on at once, with the next step that still is, when the step they wait at is no more', () => {
    const after = program(steps(set('a'), set('c')), before)
    const moved = moveTo(before, after, waitingAt(before, 'w'))
    expect([what(after, moved?.place), moved?.now]).toEqual(['act c', true])
    const end = moveTo(before, program(steps(set('a')), before), waitingAt(before, 'x'))
    expect(end?.now).toBe(true)
  })

  test('begins at the new beginning when they have not begun', () => {
    const after = program(steps(set('new'), set('a')), before)
    const moved = moveTo(before, after, { goal: 'g', place: before.entries.g!, step: null, awaiting: false })
    expect(what(after, moved?.place)).toBe('act new')
  })

  test('awaits on with the arms of today, or goes the way of who awaited in vain when nothing is awaited any more', () => {
    const awaiting = (id: string, ...otherwise: unknown[]) => ({
      kind: 'await',
      id,
      on: { event: 'X' },
      within: '3d',
      do: [set(`${id}-hit`)],
      else: otherwise,
    })
    const from = program(steps(awaiting('e', set('late')), set('z')))
    const step = numberOf(from, 'e')
    const miss = from.instructions.find(instruction => instruction.op === 'await')
    const standing = { goal: 'g', place: miss?.op === 'await' ? miss.miss : -1, step, awaiting: true }
    const still = program(steps(awaiting('e', set('later')), set('z')), from)
    expect([what(still, moveTo(from, still, standing)?.place), moveTo(from, still, standing)?.awaiting]).toEqual([
      'act later',
      true,
    ])
    const gone = program(steps(set('z')), from)
    expect([what(gone, moveTo(from, gone, standing)?.place), moveTo(from, gone, standing)]).toMatchObject([
      'act z',
      { awaiting: false, now: true },
    ])
  })

  test('stays where they are when their goal is no more', () => {
    const after = compileProgram([{ key: 'other', journey: steps(set('a')) }], before)
    expect(moveTo(before, after, waitingAt(before, 'w'))).toBeUndefined()
  })
})
