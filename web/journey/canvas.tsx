import { Flag, Minus, Plus, UserRound } from 'lucide-react'
import { type DragEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { Step } from '../../api/contract.ts'
import { listsOf, type StepKindName, stepKinds } from '../campaign/document.ts'
import { type Path, pointerOf } from '../campaign/edit.ts'
import { IconButton } from '../parts/basics.tsx'
import { Menu } from '../parts/overlays.tsx'
import { useWords } from '../texts/index.ts'
import { Card } from './card.tsx'
import { iconOf } from './icons.ts'

export interface CanvasActions {
  choose: (path: Path | undefined) => void
  insert: (list: Path, index: number, kind: StepKindName) => void
  remove: (path: Path) => void
  duplicate: (path: Path) => void
  move: (from: Path, list: Path, index: number) => void
  /** Where a step would go sideways. */
  aside: (path: Path, way: 'in' | 'out') => { list: Path; index: number } | undefined
}

export interface CanvasProps {
  steps: readonly Step[]
  /** Where the journey stands in the document. */
  root: Path
  selected?: Path | undefined
  /** Missing: the canvas only shows. */
  actions?: CanvasActions
  faults?: (path: Path) => number
  /** What stands at the foot of a card: counts of a run. */
  foot?: (step: Step, path: Path) => ReactNode
  entry: ReactNode
  end: ReactNode
}

const dragType = 'application/x-perennial-step'

/** How small the journey must be drawn to be seen whole from side to side; never so small that it cannot be read. */
function useFit() {
  const scroll = useRef<HTMLElement>(null)
  const [fit, setFit] = useState(1)
  useEffect(() => {
    const box = scroll.current
    const flow = box?.querySelector<HTMLElement>('.flow')
    if (!box || !flow) return
    const measure = () => {
      // offsetWidth does not know of zoom: it is the width at full size.
      const wanted = (box.clientWidth - 8) / (flow.offsetWidth + 44)
      setFit(Math.max(0.6, Math.min(1, Math.floor(wanted * 20) / 20)))
    }
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    observer.observe(flow)
    return () => observer.disconnect()
  }, [])
  return [scroll, fit] as const
}

/** A journey as cards from top to bottom; what divides customers stands side by side and joins again below. */
export function Canvas(props: CanvasProps) {
  const { t } = useWords()
  const [chosenZoom, setZoom] = useState<number>()
  const [scroll, fit] = useFit()
  const zoom = chosenZoom ?? fit
  return (
    <div className="canvas">
      <div className="canvas-zoom">
        <IconButton icon={Minus} small label={t('journey.zoomOut')} disabled={zoom <= 0.5} onClick={() => setZoom(zoom - 0.1)} />
        <IconButton icon={Plus} small label={t('journey.zoomIn')} disabled={zoom >= 1.2} onClick={() => setZoom(zoom + 0.1)} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={scroll} className="canvas-scroll" aria-label={t('journey.canvas')} tabIndex={0}>
        <div className="canvas-inner" style={{ zoom }}>
          <p className="pill">
            <UserRound size={14} aria-hidden /> {props.entry}
          </p>
          <List {...props} steps={props.steps} list={props.root} />
          <p className="pill">
            <Flag size={14} aria-hidden /> {props.end}
          </p>
        </div>
      </section>
      {props.actions && <p className="small quiet canvas-help">{t('journey.keys')}</p>}
    </div>
  )
}

function List(props: CanvasProps & { list: Path }) {
  const { steps, list } = props
  return (
    <ol className="flow">
      {steps.map((step, i) => {
        const path = [...list, i]
        return (
          <li key={pointerOf(path)}>
            <Joint {...props} index={i} />
            <Card {...props} step={step} path={path} siblings={steps.length} />
            <Columns {...props} step={step} path={path} />
          </li>
        )
      })}
      <li>
        <Joint {...props} index={steps.length} />
      </li>
    </ol>
  )
}

function Columns(props: CanvasProps & { step: Step; path: Path }) {
  const words = useWords()
  const { t } = words
  const { step, path } = props
  const lists = listsOf(step)
  if (lists.length === 0) return null
  const title = (way: readonly (string | number)[]) => {
    if (step.kind === 'await') return t(way[0] === 'do' ? 'journey.happened' : 'journey.notHappened')
    if (step.kind === 'split') return t('journey.variant', { key: String(way[1]) })
    if (step.kind === 'task') return way[0] === 'else' ? t('journey.notDone') : t('journey.outcome', { outcome: String(way[1]) })
    return way[0] === 'else' ? t('journey.otherwise') : t('journey.case', { n: Number(way[1]) + 1 })
  }
  return (
    <div className="columns">
      {lists.map(([way, children]) => (
        <div className="column" key={pointerOf(way)}>
          <p className="column-title">{title(way)}</p>
          <List {...props} steps={children} list={[...path, ...way]} />
        </div>
      ))}
    </div>
  )
}

/** The line between two steps: where one can be added or dropped. */
function Joint({ list, index, actions }: CanvasProps & { list: Path; index: number }) {
  const { t } = useWords()
  const [over, setOver] = useState(false)
  if (!actions) return <div className="joint" aria-hidden />
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    actions.move(JSON.parse(event.dataTransfer.getData(dragType)) as Path, list, index)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the mouse; the keyboard moves steps with Alt and arrows
    <div
      className={`joint${over ? ' over' : ''}`}
      onDragOver={event => {
        if (!event.dataTransfer.types.includes(dragType)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Menu
        align="start"
        trigger={
          <button type="button" className="joint-add" aria-label={t('journey.addHere')} title={t('journey.addHere')}>
            <Plus size={14} aria-hidden />
          </button>
        }
        entries={[
          t('journey.addMenu'),
          ...stepKinds.map(kind => ({
            text: t(`step.${kind}`),
            icon: iconOf({ kind }),
            run: () => actions.insert(list, index, kind),
          })),
        ]}
      />
    </div>
  )
}

export const startDrag = (event: DragEvent, path: Path) => {
  event.stopPropagation()
  event.dataTransfer.setData(dragType, JSON.stringify(path))
  event.dataTransfer.effectAllowed = 'move'
}
