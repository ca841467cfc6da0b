import type { RunView } from '../../api/contract.ts'
import type { CampaignView } from '../api/queries.ts'
import { useWords } from '../texts/index.ts'
import { Badge } from './basics.tsx'

const looks = {
  draft: undefined,
  enrolling: 'good',
  running: 'good',
  paused: 'warn',
  stopped: undefined,
  completed: 'info',
} as const

export function CampaignStatus({ status }: { status: CampaignView['status'] }) {
  const { t } = useWords()
  return (
    <Badge look={looks[status]} {...(status === 'running' || status === 'enrolling' ? { live: true } : {})}>
      {t(`status.${status}`)}
    </Badge>
  )
}

const messageLooks: Record<string, 'good' | 'warn' | 'bad' | 'info' | undefined> = {
  accepted: 'info',
  delivered: 'info',
  opened: 'good',
  clicked: 'good',
  bounced: 'bad',
  dropped: 'bad',
  failed: 'bad',
  complained: 'bad',
  uncertain: 'warn',
  held: 'warn',
}

export function MessageStatus({ status, reason }: { status: string; reason?: string | undefined }) {
  const { maybe } = useWords()
  return (
    <Badge look={messageLooks[status]}>
      {maybe(`message.${status}`, status)}
      {reason && <>: {maybe(`reason.${reason}`, reason)}</>}
    </Badge>
  )
}

/** Sums over the steps of a run. */
export const totals = (run: RunView) => {
  const sum = (key: 'sent' | 'delivered' | 'opened' | 'clicked' | 'failed' | 'uncertain' | 'held' | 'queued' | 'deferred') =>
    run.bySteps.reduce((total, step) => total + step[key], 0)
  const skipped = run.bySteps.reduce((total, step) => total + Object.values(step.skipped).reduce((a, b) => a + b, 0), 0)
  return {
    sent: sum('sent'),
    delivered: sum('delivered'),
    opened: sum('opened'),
    clicked: sum('clicked'),
    uncertain: sum('uncertain') + sum('held'),
    skipped,
    converted: run.ended.converted ?? 0,
  }
}
