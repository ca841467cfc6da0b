import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Copy, MoreVertical, Trash2 } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { Step } from '../../api/contract.ts'
import { type Path, pointerOf } from '../campaign/edit.ts'
import { stepText } from '../campaign/sentences.ts'
import { Badge, IconButton } from '../parts/basics.tsx'
import { Menu } from '../parts/overlays.tsx'
import { useWords } from '../texts/index.ts'
import { type CanvasProps, startDrag } from './canvas.tsx'
import { iconOf } from './icons.ts'

/** One step. Enter opens it; Alt and arrows move it, into columns and out of them too; Delete removes it, Ctrl+D copies it. */
export function Card({
  step,
  path,
  siblings,
  selected,
  actions,
  faults,
  foot,
}: CanvasProps & { step: Step; path: Path; siblings: number }) {
  const words = useWords()
  const { t } = words
  const button = useRef<HTMLButtonElement>(null)
  const isSelected = selected !== undefined && pointerOf(selected) === pointerOf(path)
  const index = Number(path.at(-1))
  const list = path.slice(0, -1)
  const Icon = iconOf(step as { kind: Step['kind']; channel?: string })
  const wrong = faults?.(path) ?? 0
  // Whoever moves a step by keyboard keeps it under their fingers.
  useEffect(() => {
    if (isSelected && document.activeElement === document.body) button.current?.focus({ preventScroll: false })
  }, [isSelected])
  const up = () => index > 0 && actions?.move(path, list, index - 1)
  const down = () => index < siblings - 1 && actions?.move(path, list, index + 2)
  const inTo = actions?.aside(path, 'in')
  const outTo = actions?.aside(path, 'out')
  const into = () => inTo && actions?.move(path, inTo.list, inTo.index)
  const out = () => outTo && actions?.move(path, outTo.list, outTo.index)
  const remove = () => {
    // The keyboard goes on at the step that now stands here, or at the journey.
    const canvas = button.current?.closest<HTMLElement>('.canvas-scroll')
    const at = [...(canvas?.querySelectorAll('.step-open') ?? [])].indexOf(button.current!)
    actions?.remove(path)
    requestAnimationFrame(() => {
      const left = canvas?.querySelectorAll<HTMLElement>('.step-open') ?? []
      const next = left[Math.min(at, left.length - 1)] ?? canvas
      next?.focus()
    })
  }
  const press = (event: KeyboardEvent) => {
    if (!actions) return
    if (event.altKey && event.key === 'ArrowUp') up()
    else if (event.altKey && event.key === 'ArrowDown') down()
    else if (event.altKey && event.key === 'ArrowRight') into()
    else if (event.altKey && event.key === 'ArrowLeft') out()
    else if (event.key === 'Delete' || event.key === 'Backspace') remove()
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'd') actions.duplicate(path)
    else return
    event.preventDefault()
  }
  const kind = step.kind === 'message' ? t(`step.message.${step.channel}`) : t(`step.${step.kind}`)
  const inside = (
    <>
      <span className={`step-icon ${step.kind}`}>
        <Icon size={16} aria-hidden />
      </span>
      <span className="step-text">
        <strong>{kind}</strong>
        <span className="clip quiet">{stepText(words, step)}</span>
      </span>
      {wrong > 0 && <Badge look="bad">{t('plan.faults', { n: wrong })}</Badge>}
    </>
  )
  return (
    <div className={`step${isSelected ? ' selected' : ''}${wrong > 0 ? ' wrong' : ''}`}>
      <div className="step-head">
        {actions ? (
          <button
            ref={button}
            type="button"
            className="step-open"
            draggable
            onDragStart={event => startDrag(event, path)}
            onClick={() => actions.choose(isSelected ? undefined : path)}
            onKeyDown={press}
            aria-pressed={isSelected}
          >
            {inside}
          </button>
        ) : (
          <div className="step-open">{inside}</div>
        )}
        {actions && (
          <Menu
            trigger={<IconButton icon={MoreVertical} small label={t('journey.actionsOf', { step: kind })} />}
            entries={[
              { text: t('journey.moveUp'), icon: ArrowUp, keys: 'Alt ↑', disabled: index === 0, run: up },
              { text: t('journey.moveDown'), icon: ArrowDown, keys: 'Alt ↓', disabled: index >= siblings - 1, run: down },
              { text: t('journey.moveIn'), icon: ArrowRight, keys: 'Alt →', disabled: !inTo, run: into },
              { text: t('journey.moveOut'), icon: ArrowLeft, keys: 'Alt ←', disabled: !outTo, run: out },
              { text: t('common.duplicate'), icon: Copy, keys: 'Ctrl D', run: () => actions.duplicate(path) },
              null,
              { text: t('common.delete'), icon: Trash2, keys: 'Del', danger: true, run: remove },
            ]}
          />
        )}
      </div>
      {foot?.(step, path)}
    </div>
  )
}
