import { hitOf, instructionAt, type Program } from './program.ts'
import type { Instruction, Place } from './step-kind.ts'

/** Where somebody rests in a program: the place they go on at, the step they stand at (null: not yet begun), whether they await. */
export interface Standing {
  goal: string
  place: Place
  step: number | null
  awaiting: boolean
}

export interface Moved {
  place: Place
  awaiting: boolean
  /** The step they waited at is no more: they go on at once. */
  now: boolean
}

/**
 * Where somebody who rests in one version goes on in a later one, whose steps have kept their numbers: at the step of the same id; from a
 * step that is no more, at the next one on their way that still is. Undefined when their goal is no more: they stay where they are.
 */
export function moveTo(from: Program, to: Program, standing: Standing): Moved | undefined {
  const { goal, place, step, awaiting } = standing
  if (to.entries[goal] === undefined) return undefined
  if (step === null) return place === from.entries[goal] ? { place: to.entries[goal], awaiting: false, now: false } : undefined
  if (awaiting) {
    const targets = lives(to, step, goal) ? hitOf(to, step) : undefined
    return targets ? { place: targets.miss, awaiting: true, now: false } : onwards(from, to, goal, place, true)
  }
  // Who waits goes on with whatever follows that wait now, be it new.
  const wait = find(from, instruction => instruction.op === 'wait' && instruction.step === step && instruction.next === place)
  if (wait) {
    const same = lives(to, step, goal)
      ? find(to, instruction => instruction.op === 'wait' && instruction.step === step)
      : undefined
    return same?.op === 'wait' ? { place: same.next, awaiting: false, now: false } : onwards(from, to, goal, place, true)
  }
  return onwards(from, to, goal, place, false)
}

function onwards(from: Program, to: Program, goal: string, place: Place, now: boolean): Moved | undefined {
  const target = targetOf(from, to, goal, place)
  return target === undefined ? undefined : { place: target, awaiting: false, now }
}

function targetOf(from: Program, to: Program, goal: string, place: Place): Place | undefined {
  for (let at = place; ; ) {
    const instruction = instructionAt(from, at)
    const { op, step } = instruction
    if (step !== null && lives(to, step, goal)) {
      const same = to.instructions.findIndex(other => other.op === op && other.step === step)
      if (same >= 0) return same
    }
    if (instruction.op === 'end') {
      const end = to.instructions.findIndex(other => other.op === 'end' && other.step === null && other.goal === goal)
      return end < 0 ? undefined : end
    }
    if (instruction.op === 'fork') at = instruction.to.at(-1) ?? at
    else if (instruction.op === 'await') at = instruction.miss
    else at = instruction.next
  }
}

const lives = (program: Program, step: number, goal: string): boolean => program.steps[step]?.goal === goal

const find = (program: Program, is: (instruction: Instruction) => boolean): Instruction | undefined =>
  program.instructions.find(is)
