import { formatProcessingTime } from '../../lib/processing-time'
import { formatDuration, formatExactTime } from '../../lib/format'
import styles from './call-times.module.css'

interface TimesPlotProps {
  /** Oldest first. `value`: seconds per media minute. */
  points: { at: string; value: number; seconds: number }[]
  median: number
  label: string
}

const SIZE = { width: 640, height: 150, left: 44, right: 6, top: 8, bottom: 22 }

/** A dot for each call, in the order of their ends. */
export function TimesPlot({ points, median, label }: TimesPlotProps) {
  const most = Math.max(...points.map(({ value }) => value))
  const ticks = ticksUpTo(most)
  const top = Math.max(most, ticks.at(-1) ?? most)
  const inner = { width: SIZE.width - SIZE.left - SIZE.right, height: SIZE.height - SIZE.top - SIZE.bottom }
  const x = (n: number) => SIZE.left + (inner.width * (n + 0.5)) / points.length
  const y = (value: number) => SIZE.top + inner.height * (1 - value / top)
  const radius = points.length > 100 ? 2 : 3
  return (
    <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-label={label} className={styles.plot}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y(tick)} y2={y(tick)} className={styles.grid} />
          <text x={SIZE.left - 8} y={y(tick)} className={styles.tick} textAnchor="end" dominantBaseline="middle">
            {formatProcessingTime(tick)}
          </text>
        </g>
      ))}
      <line x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y(median)} y2={y(median)} className={styles.median} />
      {points.map(({ at, value, seconds }, n) => (
        <circle key={`${at}-${n}`} cx={x(n)} cy={y(value)} r={radius} className={styles.dot}>
          <title>{`${formatProcessingTime(value)} per media minute; ${formatDuration(seconds)} in total. ${formatExactTime(new Date(at))}`}</title>
        </circle>
      ))}
      <text x={SIZE.left} y={SIZE.height - 6} className={styles.tick}>
        earlier
      </text>
      <text x={SIZE.width - SIZE.right} y={SIZE.height - 6} className={styles.tick} textAnchor="end">
        now
      </text>
    </svg>
  )
}

/** Round numbers for the axis, starting at 0. */
function ticksUpTo(most: number): number[] {
  if (most <= 0) return [0]
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => rough / power <= factor) ?? 10)
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, n) => n * step)
}
