import type { CompiledStep, Place, StepBody } from '../domain/journey/step-kind.ts'
import type { Db, Queryable } from '../prisma/client.ts'
import type { Staying } from '../prisma/queries/enrollments.ts'
import type { Stand } from './stand.ts'

/** Something that happened to a customer here, and is told as an event of theirs. `id` makes telling it again change nothing. */
export interface OwnEvent {
  id: string
  /** The customer's external id. */
  customer: string
  event: string
  properties: Record<string, unknown>
  at: Date
}

/** Everything an act may reach beyond its transaction. */
export interface ActDeps {
  db: Db
  /** Stores events as if they had been sent to us. */
  tell(events: readonly OwnEvent[]): Promise<void>
  /** For calls to other people's servers. */
  outgoing: Outgoing
}

/** Posts a signed text to a customer's own server; never throws for what that server does. */
export type Post = (call: { url: string; id: string; body: string; at: Date }) => Promise<PostOutcome>
export type PostOutcome =
  | { kind: 'done'; code: number }
  /** Worth another try: no answer, 408, 429, 5xx. */
  | { kind: 'later'; code: number | null; error: string }
  /** The server's clear word, or an address nobody may call. */
  | { kind: 'refused'; code: number | null; error: string }

export interface Outgoing {
  post: Post
}

/** A wave at a step that acts. */
export interface ActStand<Body extends StepBody = StepBody> extends Stand {
  place: Place
  /** The index of the step. */
  step: number
  compiled: CompiledStep & { body: Body }
}

/**
 * What a step does for everybody of a wave, in the transaction in which the run was found running and whoever leaves has left. Doing
 * it again changes nothing: its rows are one for each enrollment and step. What must be done in the world comes as the answer, is
 * done after that transaction, and says who stays at the step and until when.
 */
export type Act<Body extends StepBody = StepBody> = (
  tx: Queryable,
  stand: ActStand<Body>,
) => Promise<(() => Promise<readonly Staying[]>) | undefined>
