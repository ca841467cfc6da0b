import { linear, ticks } from './scale.ts'
import { useWidth } from './width.ts'

interface Line {
  name: string
  value: number | null
  interval: readonly [number, number] | null
  text: string
  look?: 'good' | 'bad' | undefined
}

const right = 20

/** Values with their intervals on one axis, zero drawn in; a figure that reads as a table to who does not see it. */
export function Intervals({
  lines,
  format,
  label,
  zero = true,
}: {
  lines: readonly Line[]
  format: (value: number) => string
  label: string
  zero?: boolean
}) {
  const [figure, width] = useWidth()
  // Where names and lines have no room side by side, each line stands under its name.
  const narrow = width < 520
  const left = narrow ? right : Math.min(250, width * 0.42)
  const rowHeight = narrow ? 60 : 44
  const all = lines.flatMap(line => [...(line.interval ?? []), ...(line.value === null ? [] : [line.value])])
  const low = Math.min(...all, ...(zero ? [0] : []))
  const high = Math.max(...all, ...(zero ? [0] : []))
  const pad = (high - low || 0.01) * 0.08
  const x = linear([low - pad, high + pad], [left, width - right])
  const height = lines.length * rowHeight + 34
  return (
    <figure ref={figure}>
      <svg
        className="plot"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${label}: ${lines.map(line => `${line.name} ${line.text}`).join('; ')}`}
      >
        {ticks(low - pad, high + pad, Math.max(2, Math.round((width - left) / 90))).map(tick => (
          <g key={tick}>
            <line className="axis" x1={x(tick)} x2={x(tick)} y1={6} y2={height - 24} />
            <text x={x(tick)} y={height - 8} textAnchor="middle">
              {format(tick)}
            </text>
          </g>
        ))}
        {zero && <line className="zero" x1={x(0)} x2={x(0)} y1={2} y2={height - 24} strokeWidth={1.5} />}
        {lines.map((line, i) => {
          const words = i * rowHeight + (narrow ? 14 : rowHeight / 2 + 4)
          const y = narrow ? words + 32 : words + 2
          const colour = line.look === 'good' ? 'var(--chart-1)' : line.look === 'bad' ? 'var(--bad)' : 'var(--ink-3)'
          return (
            <g key={line.name}>
              <text className="strong-text" x={0} y={words} fontSize={12.5}>
                {line.name}
              </text>
              <text x={0} y={words + 16}>
                {line.text}
              </text>
              {line.interval && (
                <>
                  <line
                    x1={x(line.interval[0])}
                    x2={x(line.interval[1])}
                    y1={y}
                    y2={y}
                    stroke={colour}
                    strokeWidth={3}
                    strokeLinecap="round"
                  />
                  {line.interval.map(end => (
                    <line key={end} x1={x(end)} x2={x(end)} y1={y - 6} y2={y + 6} stroke={colour} strokeWidth={1.5} />
                  ))}
                </>
              )}
              {line.value !== null && (
                <circle cx={x(line.value)} cy={y} r={5.5} fill={colour} stroke="var(--surface)" strokeWidth={2} />
              )}
            </g>
          )
        })}
      </svg>
    </figure>
  )
}
