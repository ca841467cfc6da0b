import type { Step, Trigger } from '../../api/contract.ts'
import type { Words } from '../texts/index.ts'

/** "3 days" of `3d`. */
export function durationText({ t }: Pick<Words, 't'>, duration: string | undefined): string {
  const match = /^(\d+)([smhdw])$/.exec(duration ?? '')
  if (!match) return duration ?? ''
  return t(`unit.${match[2] as 's' | 'm' | 'h' | 'd' | 'w'}`, { n: Number(match[1]) })
}

/** When customers enter, as a clause. */
export function triggerText(words: Words, trigger: Trigger): string {
  const { t } = words
  switch (trigger.kind) {
    case 'now':
      return t('trigger.nowText')
    case 'at':
      return t('trigger.atText', { at: words.time(trigger.at) })
    case 'schedule':
      return t('trigger.scheduleText', { cron: trigger.cron, zone: trigger.timezone })
    case 'event':
      return t('trigger.eventText', { event: trigger.event })
    case 'inactivity':
      return trigger.event
        ? t('trigger.inactivityEventText', { event: trigger.event, for: durationText(words, trigger.for) })
        : t('trigger.inactivityText', { for: durationText(words, trigger.for) })
    case 'trialEnd':
      return trigger.before
        ? t('trigger.trialBeforeText', { span: durationText(words, trigger.before) })
        : t('trigger.trialAfterText', { span: durationText(words, trigger.after) })
    case 'segmentEntry':
      return t('trigger.segmentEntryText', { segment: trigger.segment })
    case 'date':
      return t('trigger.dateText', { attribute: trigger.attribute })
  }
}

/** A step in a few words: what a card says beneath its kind. */
export function stepText(words: Words, step: Step): string {
  const { t } = words
  switch (step.kind) {
    case 'message': {
      const content = step.content as unknown as Record<string, unknown>
      const plain = ['subject', 'body', 'title'].some(key => typeof content[key] === 'string')
      const first = (plain ? content : Object.values(content)[0]) as Record<string, string> | undefined
      return first?.subject ?? first?.title ?? first?.body ?? ''
    }
    case 'wait':
      return step.for
        ? durationText(words, step.for)
        : t('step.untilText', { time: step.until ?? '', days: step.weekday?.map(day => t(`day.${day}`)).join(', ') ?? '' })
    case 'await': {
      const on = Array.isArray(step.on) ? step.on : [step.on]
      const what = on.map(each => ('event' in each ? each.event : t(`engaged.${each.message}`))).join(', ')
      return t('step.awaitText', { what, within: durationText(words, step.within) })
    }
    case 'branch':
      return t('step.branchText', { n: step.cases.length })
    case 'split':
      return Object.keys(step.arms).join(' · ')
    case 'set':
      return Object.entries(step.attributes)
        .map(([key, value]) => `${key} = ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')
    case 'award':
      return t('step.awardText', { n: step.points ?? 0 })
    case 'offer':
      return `${step.key}: ${step.value}`
    case 'task':
      return step.title
    case 'webhook':
      return URL.canParse(step.url) ? new URL(step.url).host : step.url
    case 'survey':
      return step.survey.toUpperCase()
    case 'exit':
      return step.reason ?? ''
  }
}
