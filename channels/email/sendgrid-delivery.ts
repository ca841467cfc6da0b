import type { Outcome } from '../channel.ts'
import type { Reading } from './sendgrid-answer.ts'
import type { Part } from './sendgrid-request.ts'

/** People refused by name are taken out and the rest sent again; after so many rounds in ever smaller halves. */
const wholeRounds = 4

/**
 * Sends a request until everybody in it has an outcome. SendGrid accepts all of a request or nothing, so one bad address
 * is taken out and the rest go again: a few requests more for each refused person, never more than twice as many as people.
 */
export async function deliver(
  parts: readonly Part[],
  attempt: (parts: readonly Part[]) => Promise<Reading>,
  settle: (part: Part, outcome: Outcome) => void,
  round = 0,
): Promise<void> {
  if (parts.length === 0) return
  const again = (rest: readonly Part[]) => deliver(rest, attempt, settle, round + 1)
  const halves = async (rest: readonly Part[]) => {
    const middle = Math.ceil(rest.length / 2)
    await again(rest.slice(0, middle))
    await again(rest.slice(middle))
  }
  const reading = await attempt(parts)
  if (reading.means === 'some') {
    for (const [position, outcome] of reading.refused) settle(parts[position]!, outcome)
    const rest = parts.filter((_, position) => !reading.refused.has(position))
    return round < wholeRounds ? again(rest) : halves(rest)
  }
  if (reading.means === 'all' || parts.length === 1) {
    for (const part of parts) settle(part, reading.outcome)
    return
  }
  if (reading.means === 'tooLarge') return halves(parts)

  // Somebody is wrong, or the letter is. Three people on their own tell: if each is refused the same way, it is the letter.
  const probes = new Set([0, parts.length >> 1, parts.length - 1])
  let same = true
  for (const position of probes) {
    await deliver([parts[position]!], attempt, (part, outcome) => {
      same &&= outcome.kind === 'refused' && reading.outcome.kind === 'refused' && outcome.detail === reading.outcome.detail
      settle(part, outcome)
    })
  }
  const rest = parts.filter((_, position) => !probes.has(position))
  if (!same) return halves(rest)
  for (const part of rest) settle(part, reading.outcome)
}
