import { colourOf, linear, ticks } from './scale.ts'
import { useWidth } from './width.ts'

export interface Curve {
  name: string
  points: readonly { x: number; y: number; low?: number | null; high?: number | null }[]
}

const height = 270
const box = { left: 44, right: 14, top: 10, bottom: 40 }

/** Lines over one axis, with their bands; `steps` for curves that fall at moments and hold between them. */
export function Curves({
  curves,
  xLabel,
  label,
  formatX,
  formatY,
  steps,
  fromZero = true,
  high,
  xTicks,
}: {
  curves: readonly Curve[]
  xLabel: string
  label: string
  formatX: (value: number) => string
  formatY: (value: number) => string
  steps?: boolean
  fromZero?: boolean
  high?: number
  xTicks?: readonly number[]
}) {
  const points = curves.flatMap(curve => curve.points)
  const [figure, width] = useWidth()
  if (points.length === 0) return null
  const xs = points.map(point => point.x)
  const ys = points.flatMap(point => [point.y, point.low ?? point.y, point.high ?? point.y])
  const top = high ?? Math.max(...ys)
  const bottom = fromZero ? Math.min(0, ...ys) : Math.min(...ys)
  const x = linear([Math.min(...xs), Math.max(...xs)], [box.left, width - box.right])
  const y = linear([bottom, top === bottom ? bottom + 1 : top], [height - box.bottom, box.top])
  const path = (of: Curve['points'], value: (point: Curve['points'][number]) => number) =>
    of
      .map((point, i) =>
        i === 0
          ? `M${x(point.x)},${y(value(point))}`
          : steps
            ? `H${x(point.x)}V${y(value(point))}`
            : `L${x(point.x)},${y(value(point))}`,
      )
      .join('')
  const isBounded = ({ low, high }: Curve['points'][number]) =>
    low !== undefined && low !== null && high !== undefined && high !== null
  const band = (all: Curve['points']) => {
    // A curve of survival has no interval where nobody is left.
    const of = all.filter(isBounded)
    if (of.length < 2) return ''
    const back = of.toReversed()
    const lower = back
      .map((point, i) =>
        i === 0
          ? `L${x(point.x)},${y(point.low!)}`
          : steps
            ? `V${y(point.low!)}H${x(point.x)}`
            : `L${x(point.x)},${y(point.low!)}`,
      )
      .join('')
    return `${path(of, point => point.high!)}${lower}Z`
  }
  return (
    <figure className="stack tight" ref={figure}>
      <svg className="plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        {ticks(bottom, top, 5).map(tick => (
          <g key={tick}>
            <line className="axis" x1={box.left} x2={width - box.right} y1={y(tick)} y2={y(tick)} />
            <text x={box.left - 8} y={y(tick) + 4} textAnchor="end">
              {formatY(tick)}
            </text>
          </g>
        ))}
        {(xTicks ?? ticks(Math.min(...xs), Math.max(...xs), Math.max(2, Math.round(width / 100)))).map(tick => (
          <text key={tick} x={x(tick)} y={height - box.bottom + 18} textAnchor="middle">
            {formatX(tick)}
          </text>
        ))}
        <text x={(box.left + width - box.right) / 2} y={height - 4} textAnchor="middle">
          {xLabel}
        </text>
        {curves.map((curve, i) => (
          <path key={curve.name} className="band" d={band(curve.points)} fill={colourOf(i)} />
        ))}
        {curves.map((curve, i) => (
          <path
            key={curve.name}
            className="line"
            d={path(curve.points, point => point.y)}
            stroke={colourOf(i)}
            strokeDasharray={i > 1 ? '6 4' : undefined}
          />
        ))}
      </svg>
      {curves.length > 1 && (
        <figcaption className="legend">
          {curves.map((curve, i) => (
            <span key={curve.name}>
              <i style={{ background: colourOf(i) }} />
              {curve.name}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  )
}
