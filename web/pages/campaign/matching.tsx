import { CheckBox, Notice, Select } from '../../parts/basics.tsx'
import { DurationField } from '../../parts/duration.tsx'
import { RuleCount } from '../../rules/count.tsx'
import { RuleEditor } from '../../rules/editor.tsx'
import { useWords } from '../../texts/index.ts'
import type { PartProps } from './plan.tsx'

/** Which customer gets which goal, how often somebody may come, and who leaves early. */
export function Matching({ draft }: PartProps) {
  const { t } = useWords()
  const { goals, reentry, exit } = draft.document
  const again = typeof reentry === 'object' ? 'after' : reentry
  return (
    <div className="stack">
      {goals.map((goal, g) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a goal's key is being typed
        <div className="card pad stack tight" key={g}>
          <h3>
            {g + 1}. {t(`goal.${goal.kind}`)} <span className="quiet">({goal.key})</span>
          </h3>
          <div className={goal.when ? 'split-count' : ''}>
            <RuleEditor
              rule={goal.when}
              none={g === goals.length - 1 ? t('matching.rest') : t('matching.everybody')}
              onChange={rule => draft.set(['goals', g, 'when'], 'all' in rule && rule.all.length === 0 ? undefined : rule)}
              faultAt={below => draft.faultAt(['goals', g, 'when', ...below.split('/').slice(1)])}
            />
            {goal.when && <RuleCount rule={{ all: [draft.document.audience, goal.when] }} />}
          </div>
          {!goal.when && g < goals.length - 1 && <Notice look="warn">{t('matching.catchesAll')}</Notice>}
        </div>
      ))}
      <div className="card pad stack">
        <div className="grid">
          <Select
            label={t('matching.reentry')}
            value={again}
            options={(['never', 'after', 'always'] as const).map(each => [each, t(`matching.${each}`)] as const)}
            onChange={next => draft.set(['reentry'], next === 'after' ? { after: '30d' } : next)}
          />
          {typeof reentry === 'object' && (
            <DurationField
              label={t('matching.afterLabel')}
              value={reentry.after}
              fault={draft.faultAt(['reentry', 'after'])}
              onChange={after => draft.set(['reentry', 'after'], after)}
            />
          )}
        </div>
        <CheckBox
          label={t('matching.exit')}
          hint={t('matching.exitHint')}
          checked={exit !== undefined}
          onChange={on => draft.set(['exit'], on ? { event: 'Subscription Cancelled' } : undefined)}
        />
        {exit && (
          <RuleEditor
            rule={exit}
            none={t('matching.nobodyExits')}
            onChange={rule => draft.set(['exit'], rule)}
            faultAt={below => draft.faultAt(['exit', ...below.split('/').slice(1)])}
          />
        )}
      </div>
    </div>
  )
}
