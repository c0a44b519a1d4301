import { formatCount, formatDuration } from '../../lib/format'
import styles from './throughput-plot.module.css'
import type { Throughput } from './throughput'

/** How many files ended when: a column for each stretch of time. */
export function ThroughputPlot({ counts, secondsEach }: Throughput) {
  const most = Math.max(0, ...counts)
  if (most === 0) return null
  return (
    <svg
      className={styles.plot}
      viewBox={`0 0 ${counts.length * 4} 40`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Files ended over time, at most ${formatCount(most)} in ${formatDuration(secondsEach)}`}
    >
      {counts.map((files, stretch) => {
        const height = files === 0 ? 1 : Math.max(2, (files / most) * 39)
        return <rect key={stretch} x={stretch * 4} y={40 - height} width={3} height={height} />
      })}
    </svg>
  )
}
