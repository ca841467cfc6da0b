import type { z } from 'zod'
import type { Fault } from '../errors.ts'
import type { Rule } from '../segment/rule.ts'
import type { Texts } from '../texts/texts.ts'
import type { Awaited, AwaitStep } from './steps/await.ts'
import type { AwardBody, AwardStep } from './steps/award.ts'
import type { BranchStep } from './steps/branch.ts'
import type { ExitStep } from './steps/exit.ts'
import type { MessageBody, MessageStep } from './steps/message.ts'
import type { OfferBody, OfferStep } from './steps/offer.ts'
import type { SetStep } from './steps/set.ts'
import type { SplitStep } from './steps/split.ts'
import type { SurveyStep } from './steps/survey.ts'
import type { TaskBody, TaskStep } from './steps/task.ts'
import type { WaitBody, WaitStep } from './steps/wait.ts'
import type { WebhookBody, WebhookStep } from './steps/webhook.ts'

/** An index into a program's instructions. */
export type Place = number

/** The few things the machine can do; the many step kinds compile to them. */
export type Instruction =
  /** Do something for each customer, then go on. */
  | { op: 'act'; step: number; next: Place }
  /** Rest for a while or until a local time, then go on. */
  | { op: 'wait'; step: number; next: Place }
  /** Rest until something happens (`hit`) or the time is over (`miss`). */
  | { op: 'await'; step: number; hit: Place; miss: Place }
  /** Divide: by the first rule that holds, or by variant; the last target is for everybody else. */
  | { op: 'fork'; step: number; to: readonly Place[] }
  | { op: 'end'; step: number | null; goal: string; reason: 'completed' | 'exited' }

export type Step =
  | MessageStep
  | WaitStep
  | AwaitStep
  | BranchStep
  | SplitStep
  | SetStep
  | AwardStep
  | OfferStep
  | TaskStep
  | WebhookStep
  | SurveyStep
  | ExitStep

/** What a program keeps of a step: all it needs to be carried out, without its children. */
export type StepBody =
  | MessageBody
  | WaitBody
  | { kind: 'await'; on: readonly Awaited[]; within: string; reactWithin?: string }
  | { kind: 'branch'; cases: readonly Rule[] }
  | { kind: 'split'; arms: readonly string[] }
  | { kind: 'set'; attributes: Record<string, unknown> }
  | { kind: 'exit'; reason?: string }
  | AwardBody
  | OfferBody
  | TaskBody
  | WebhookBody

export interface CompiledStep {
  id: string
  /** Empty for a step of an earlier version that is no more. */
  goal: string
  kind: Step['kind']
  body: StepBody
}

export interface CompileContext {
  /** The step's index in the program. */
  step: number
  goal: string
  /** Where customers go on after it. */
  next: Place
  emit(instruction: Instruction): Place
  /** Compiles children that join at `next`. */
  sequence(children: readonly Step[]): Place
}

/** What a step can learn of its surroundings while it is numbered. */
export interface BodyContext {
  /** The message step everybody here has passed last, if any. */
  lastMessage: number | null
  /** The index of an earlier step by its id, or -1. */
  stepIndex(id: string): number
}

/** What a check of a step may ask about its campaign. */
export interface CheckContext {
  variants: readonly string[]
  /** Ids of message steps that come before this one on its path. */
  messagesBefore: readonly string[]
  topics: readonly string[]
  postalAddress: string | null
  checkRule(rule: Rule): Fault[]
}

/** One kind of step with all its readings side by side. A new kind is its own file and one word in the index. */
export interface StepKind<S extends Step> {
  kind: S['kind']
  /** The step's schema; `journey` is the schema of a list of steps, for kinds that have children. */
  schema(journey: z.ZodType<Step[]>): z.ZodType<S>
  /** The lists of steps beneath it, with the path that leads to each. */
  lists(step: S): readonly (readonly [path: readonly (string | number)[], children: readonly Step[]])[]
  body(step: S, context: BodyContext): StepBody
  /** Emits its instructions, joins included, and answers where customers enter it. */
  compile(step: S, context: CompileContext): Place
  /** A clause for people: "sends an e-mail". */
  describe(step: S, texts: Texts): string
  /** Faults beyond the schema; paths are relative to the step. */
  check?(step: S, context: CheckContext): Fault[]
  /** False while the kind validates but does not run yet: a launch is refused. */
  runs: boolean
}

/** The id of a step that carries none: its goal and its path from the top. */
export const pathId = (goal: string, path: readonly (string | number)[]): string => [goal, ...path].join('.')

/** Most kinds act on each customer and go on. */
export const actAndGoOn = (_: Step, context: CompileContext): Place =>
  context.emit({ op: 'act', step: context.step, next: context.next })

export const noLists = () => [] as const
