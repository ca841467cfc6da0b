import { type Fault, fault } from '../errors.ts'
import { milliseconds } from '../time.ts'
import type { RuleContext } from './predicate-kind.ts'
import { type EventRule, event, moneyProperty } from './predicates/event.ts'
import type { Rule } from './rule.ts'
import { walk } from './rule-check.ts'

const isEvent = (rule: Rule): rule is EventRule => event.key in rule

/** Whether the question needs the events themselves, and how far back: undefined where what is kept for good answers it. */
function reachOf({ within, count, sum, where }: EventRule): number | undefined {
  const filtered = (where?.length ?? 0) > 0
  if (within !== undefined) return filtered || count || sum ? milliseconds(within) : undefined
  return filtered || (sum && sum.property !== moneyProperty) ? Number.POSITIVE_INFINITY : undefined
}

/**
 * Parts of a rule that look further back than raw events are kept (`retention`, null: for good): they count what is left. Of a segment
 * that is named, where it is named.
 */
export function reachWarnings(rule: Rule, retention: string | null, saved: Pick<RuleContext, 'segment'>): Fault[] {
  if (retention === null) return []
  return [...walk(rule)].flatMap(([path, part]): Fault[] => {
    if ('segment' in part) {
      const inner = saved.segment(part.segment)
      return inner
        ? reachWarnings(inner, retention, saved)
            .slice(0, 1)
            .map(each => ({ ...each, path }))
        : []
    }
    if (!isEvent(part) || (reachOf(part) ?? 0) <= milliseconds(retention)) return []
    return [fault(path, 'beyondRetention', t => t.ruleFaults.beyondRetention(part.within ?? null, retention))]
  })
}
