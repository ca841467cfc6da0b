import type { Wave } from './dispatch.ts'
import type { Place } from './step-kind.ts'

export interface WalkEffects {
  now(): number
  /**
   * Carries the wave's customers through the instruction at `place`, and on until something must be done in the world
   * again. Answers where those still moving together stand; null when all of them wait, divided or ended.
   */
  perform(request: { wave: Wave; place: Place; at: number }): Promise<{ next: Place | null }>
}

/** Walks one wave along its straight line; each customer leaves a row that says where they went. */
export async function walk(wave: Wave, effects: WalkEffects): Promise<void> {
  for (let place: Place | null = wave.place; place !== null; ) {
    const { next } = await effects.perform({ wave, place, at: effects.now() })
    place = next
  }
}
