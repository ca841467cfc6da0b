import type { Campaign } from '../domain/campaign/campaign.ts'
import type { Program } from '../domain/journey/program.ts'
import type { StepBody } from '../domain/journey/step-kind.ts'
import type { Settings } from '../domain/settings.ts'
import { milliseconds } from '../domain/time.ts'

const minute = 60_000
/** Finer than any zone's offset, so that all clocks of the world agree on where one ends. */
const grains = [15 * minute, 5 * minute, minute] as const

const timeOfDayMs = (time: string): number => milliseconds(`${Number(time.slice(0, 2)) * 60 + Number(time.slice(3))}m`)

/** Every span and time of day a step makes customers wait for. */
function spansOf(body: StepBody): number[] {
  if (body.kind === 'wait') return ['for' in body ? milliseconds(body.for) : timeOfDayMs(body.until)]
  if (body.kind === 'await') return [milliseconds(body.within)]
  if (body.kind === 'task' && body.within !== null) return [milliseconds(body.within)]
  return []
}

/**
 * How far apart those may be due who go together in a simulation, in milliseconds. Where quiet hours, waits and caps begin and end on quarters
 * of an hour, nothing happens to anybody within one that did not happen to all; where a rule may ask how long ago something was, each minute counts.
 */
export function grainOf(
  { limits, exit, trigger }: Campaign,
  { steps }: Program,
  settings: Pick<Settings, 'quietHours' | 'caps'>,
  past: boolean,
): number {
  const asksLater = exit !== undefined || trigger.kind === 'schedule' || steps.some(({ kind }) => kind === 'branch')
  // What is played back is looked at in far longer stretches than these.
  if (limits.perMinute !== undefined || limits.budget !== undefined || (asksLater && !past)) return minute
  const spans = [
    ...Object.values(settings.quietHours).flatMap(hours => (hours ? [timeOfDayMs(hours.from), timeOfDayMs(hours.until)] : [])),
    ...settings.caps.map(({ per }) => milliseconds(per)),
    ...steps.flatMap(({ body }) => spansOf(body)),
  ]
  return grains.find(grain => spans.every(span => span % grain === 0)) ?? minute
}
