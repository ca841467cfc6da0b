import { instructionAt } from '../domain/journey/program.ts'
import type { Place } from '../domain/journey/step-kind.ts'
import type { WaveRef } from '../prisma/queries/enrollments.ts'
import type { Published } from './versions.ts'

/** One wave of a published version at one moment of its journey. */
export interface Stand {
  published: Published
  wave: WaveRef
  at: Date
}

/** The goal whose customers can stand at a place. */
export function goalAt(published: Published, place: Place): string {
  const instruction = instructionAt(published.program, place)
  return instruction.op === 'end' ? instruction.goal : published.step(instruction.step).goal
}
