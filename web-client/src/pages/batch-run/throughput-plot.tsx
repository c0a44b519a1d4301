import { formatCount, formatDuration } from '../../lib/format'
import styles from './throughput-plot.module.css'
import type { Throughput } from './throughput'

/** Number of files done per interval, as a bar chart. */
export function ThroughputPlot({ counts, secondsEach }: Throughput) {
  const most = Math.max(0, ...counts)
  if (most === 0) return null
  return (
    <svg
      className={styles.plot}
      viewBox={`0 0 ${counts.length * 4} 40`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Files done over time, at most ${formatCount(most)} in ${formatDuration(secondsEach)}`}
    >
      {counts.map((files, interval) => {
        const height = files === 0 ? 1 : Math.max(2, (files / most) * 39)
        return <rect key={interval} x={interval * 4} y={40 - height} width={3} height={height} />
      })}
    </svg>
  )
}
