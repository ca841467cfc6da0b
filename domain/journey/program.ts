import type { Goal } from '../campaign/goal.ts'
import { type CompiledStep, type Instruction, type Place, pathId, type Step } from './step-kind.ts'
import { stepKinds } from './steps/index.ts'

/**
 * A journey as the machine walks it: a tree for people becomes numbered instructions with explicit jumps. Made once at
 * publish and never changed: enrollments stand at places of it for months.
 */
export interface Program {
  /** Every step of every goal, in reading order; instructions and rows name a step by its index here. */
  steps: readonly CompiledStep[]
  instructions: readonly Instruction[]
  /** Where a goal's customers enter. */
  entries: Readonly<Record<string, Place>>
}

/**
 * Compiles the journeys of all goals. Expects a document that `checkCampaign` let through. Over `previous`, the version that customers of
 * a live run stand on, a step keeps its number as long as there is one of its id, goal and kind: what rows say about it stays true.
 * One that is no more keeps its place in the list and belongs to no goal.
 */
export function compileProgram(goals: readonly Pick<Goal, 'key' | 'journey'>[], previous?: Program): Program {
  const steps: CompiledStep[] = previous?.steps.map(step => ({ ...step, goal: '' })) ?? []
  const numberOf = (id: string, goal: string, kind: Step['kind']): number => {
    const same = previous?.steps.findIndex(step => step.id === id && step.goal === goal && step.kind === kind) ?? -1
    return same >= 0 ? same : steps.length
  }
  const instructions: Instruction[] = []
  const entries: Record<string, Place> = {}
  const emit = (instruction: Instruction): Place => instructions.push(instruction) - 1

  for (const goal of goals) {
    // Steps are numbered in reading order first, so that what people see counts from the top …
    const numbers = new Map<Step, number>()
    let lastMessage: number | null = null
    const number = (list: readonly Step[], path: readonly (string | number)[]) => {
      list.forEach((step, i) => {
        const at = [...path, i]
        const id = step.id ?? pathId(goal.key, at)
        const index = numberOf(id, goal.key, step.kind)
        const stepIndex = (named: string) => steps.findIndex(other => other.id === named && other.goal !== '')
        const body = stepKinds[step.kind].body(step, { lastMessage, stepIndex })
        steps[index] = { id, goal: goal.key, kind: step.kind, body }
        numbers.set(step, index)
        if (step.kind === 'message' || step.kind === 'survey') lastMessage = index
        const before = lastMessage
        for (const [name, children] of stepKinds[step.kind].lists(step)) {
          lastMessage = before
          number(children, [...at, ...name])
        }
        // After arms that each may have sent something, an await means the last message everybody passed.
        lastMessage = before
      })
    }
    number(goal.journey, [])

    // … and compiled from the end backwards, because a step needs to know where its customers go on.
    const sequence = (list: readonly Step[], next: Place): Place =>
      list.reduceRight<Place>((after, step) => {
        const index = numbers.get(step)
        if (index === undefined) throw new Error('a step was compiled before it was numbered')
        return stepKinds[step.kind].compile(step, {
          step: index,
          goal: goal.key,
          next: after,
          emit,
          sequence: children => sequence(children, after),
        })
      }, next)

    const end = emit({ op: 'end', step: null, goal: goal.key, reason: 'completed' })
    entries[goal.key] = sequence(goal.journey, end)
  }
  return { steps, instructions, entries }
}

/** The instruction at a place; a place outside the program is a fault of ours, not of a customer. */
export function instructionAt(program: Program, place: Place): Instruction {
  const instruction = program.instructions[place]
  if (!instruction) throw new Error(`place ${place} is outside a program of ${program.instructions.length} instructions`)
  return instruction
}

/** Where an awaiting customer goes on when what was awaited happened. */
export function hitOf(program: Program, step: number): { hit: Place; miss: Place } | undefined {
  for (const instruction of program.instructions) {
    if (instruction.op === 'await' && instruction.step === step) return { hit: instruction.hit, miss: instruction.miss }
  }
  return undefined
}

/** The places of a program at which customers can stand. */
export const placesOf = (program: Program): Place[] => program.instructions.map((_, place) => place)
