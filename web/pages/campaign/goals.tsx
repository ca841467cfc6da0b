import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react'
import { blankGoal } from '../../campaign/document.ts'
import { Button, IconButton, Select, TextField } from '../../parts/basics.tsx'
import { DurationField } from '../../parts/duration.tsx'
import { useWords } from '../../texts/index.ts'
import type { PartProps } from './plan.tsx'

export const goalKinds = [
  'launch',
  'education',
  'onboarding',
  'upsell',
  'crossSell',
  'loyaltyReward',
  'winBack',
  'churnPrevention',
  'renewal',
  'feedback',
  'recovery',
  'advocacy',
] as const

/** What each goal wants, and how it shows that it was reached. */
export function Goals({ draft }: PartProps) {
  const { t } = useWords()
  const { goals } = draft.document
  const put = (next: typeof goals) => draft.change({ ...draft.document, goals: next })
  const swap = (a: number, b: number) => put(goals.with(a, goals[b]!).with(b, goals[a]!))
  return (
    <div className="stack">
      {goals.map((goal, g) => {
        const fault = (...path: string[]) => draft.faultAt(['goals', g, ...path])
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a goal's key is being typed
          <div className="card pad stack" key={g}>
            <div className="row">
              <h3 className="grow">{t('goals.nth', { n: g + 1 })}</h3>
              <IconButton icon={ArrowUp} label={t('goals.up')} small disabled={g === 0} onClick={() => swap(g, g - 1)} />
              <IconButton
                icon={ArrowDown}
                label={t('goals.down')}
                small
                disabled={g === goals.length - 1}
                onClick={() => swap(g, g + 1)}
              />
              <IconButton
                icon={Trash2}
                label={t('goals.remove')}
                small
                disabled={goals.length === 1}
                onClick={() => put(goals.toSpliced(g, 1))}
              />
            </div>
            <div className="grid">
              <Select
                label={t('goals.kind')}
                value={goal.kind}
                options={goalKinds.map(kind => [kind, t(`goal.${kind}`)] as const)}
                onChange={kind => draft.set(['goals', g, 'kind'], kind)}
                hint={t(`goalHint.${goal.kind}`)}
              />
              <TextField
                label={t('goals.key')}
                value={goal.key}
                fault={fault('key')}
                hint={t('goals.keyHint')}
                onChange={key => draft.set(['goals', g, 'key'], key)}
              />
              <TextField
                label={t('goals.event')}
                value={goal.success?.event ?? ''}
                fault={fault('success', 'event') ?? fault('success')}
                hint={t('goals.eventHint')}
                onChange={event =>
                  draft.set(['goals', g, 'success'], event ? { within: '14d', ...goal.success, event } : undefined)
                }
              />
              {goal.success && (
                <DurationField
                  label={t('goals.within')}
                  value={goal.success.within}
                  fault={fault('success', 'within')}
                  onChange={within => draft.set(['goals', g, 'success', 'within'], within)}
                />
              )}
            </div>
          </div>
        )
      })}
      <div>
        <Button icon={Plus} onClick={() => put([...goals, blankGoal(`goal-${goals.length + 1}`)])}>
          {t('goals.add')}
        </Button>
      </div>
    </div>
  )
}
