import { useState } from 'react'
import type { Step } from '../../../api/contract.ts'
import { blankStep, stepsOf, variantKeys } from '../../campaign/document.ts'
import { aside, duplicateStep, getAt, insertStep, moveStep, type Path, pointerOf, removeStep } from '../../campaign/edit.ts'
import { Canvas, type CanvasActions } from '../../journey/canvas.tsx'
import { Inspector } from '../../journey/inspector.tsx'
import { CheckBox, Segmented, Select } from '../../parts/basics.tsx'
import { NumberField } from '../../parts/duration.tsx'
import { useWords } from '../../texts/index.ts'
import type { PartProps } from './plan.tsx'

/** The journey of each goal: what happens, when, through which channel. */
export function Journeys({ draft, campaign }: PartProps) {
  const { t } = useWords()
  const { goals } = draft.document
  const [goal, setGoal] = useState(0)
  const [chosen, setChosen] = useState<Path | undefined>()
  const g = Math.min(goal, goals.length - 1)
  const root: Path = ['goals', g, 'journey']
  const selected = chosen && getAt(draft.document, chosen) !== undefined ? chosen : undefined
  const actions: CanvasActions = {
    choose: path => setChosen(path),
    insert: (list, index, kind) => {
      draft.change(insertStep(draft.document, list, index, blankStep(kind, variantKeys(draft.document))))
      setChosen([...list, index])
    },
    remove: path => {
      draft.change(removeStep(draft.document, path))
      setChosen(undefined)
    },
    duplicate: path => {
      draft.change(duplicateStep(draft.document, path))
      setChosen([...path.slice(0, -1), Number(path.at(-1)) + 1])
    },
    aside: (path, way) => aside(draft.document, path, way),
    move: (from, list, index) => {
      const moved = moveStep(draft.document, from, list, index)
      if (!moved) return
      draft.change(moved.document)
      setChosen(moved.path)
    },
  }
  const messages = [...stepsOf(goals[g]!.journey)].filter(({ step }) => step.kind === 'message')
  return (
    <div className="stack">
      {goals.length > 1 && (
        <Segmented
          label={t('journey.ofGoal')}
          value={String(g)}
          onChange={next => {
            setGoal(Number(next))
            setChosen(undefined)
          }}
          options={goals.map((each, i) => [String(i), `${i + 1}. ${t(`goal.${each.kind}`)}`] as const)}
        />
      )}
      <div className={`journey${selected ? ' with-inspector' : ''}`}>
        <Canvas
          steps={goals[g]!.journey}
          root={root}
          selected={selected}
          actions={actions}
          faults={path => draft.faultsBelow(path)}
          entry={t('journey.entry')}
          end={goals[g]!.success ? t('journey.endGoal', { event: goals[g]!.success!.event }) : t('journey.end')}
        />
        {selected && (
          <Inspector
            key={pointerOf(selected)}
            draft={draft}
            campaign={campaign}
            path={selected}
            step={getAt(draft.document, selected) as Step}
            earlier={messages}
            goal={goals[g]!.key}
            onClose={() => setChosen(undefined)}
          />
        )}
      </div>
      <Limits draft={draft} />
    </div>
  )
}

function Limits({ draft }: { draft: PartProps['draft'] }) {
  const { t } = useWords()
  const { limits } = draft.document
  const set = (key: string) => (value: unknown) => draft.set(['limits', key], value)
  return (
    <details className="card">
      <summary className="card-head">
        <h3>{t('limits.title')}</h3>
      </summary>
      <div className="card-body stack">
        <div className="grid">
          <Select
            label={t('limits.quiet')}
            value={limits.quietHours}
            fault={draft.faultAt(['limits', 'quietHours'])}
            options={(['respect', 'ignore'] as const).map(each => [each, t(`limits.${each}`)] as const)}
            onChange={set('quietHours')}
          />
          <NumberField
            label={t('limits.pace')}
            hint={t('limits.paceHint')}
            value={limits.perMinute}
            min={1}
            fault={draft.faultAt(['limits', 'perMinute'])}
            onChange={set('perMinute')}
          />
          <NumberField
            label={t('limits.budget')}
            hint={t('limits.budgetHint')}
            value={limits.budget?.amount}
            min={0}
            suffix={limits.budget?.currency ?? 'EUR'}
            fault={draft.faultAt(['limits', 'budget'])}
            onChange={amount => set('budget')(amount === undefined ? undefined : { currency: 'EUR', ...limits.budget, amount })}
          />
        </div>
        <CheckBox
          label={t('limits.ignoreCaps')}
          hint={t('limits.ignoreCapsHint')}
          checked={limits.ignoreCaps}
          onChange={set('ignoreCaps')}
        />
      </div>
    </details>
  )
}
