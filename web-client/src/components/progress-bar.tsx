import { formatPercent as inPercent } from '../lib/format'
import styles from './progress-bar.module.css'

export interface Counts {
  total: number
  waiting: number
  running: number
  finished: number
  failed: number
  canceled: number
}

interface ProgressBarProps {
  /** Name for screen readers. */
  label: string
  /** 0 to 100. */
  percent: number
  /** Files by result, one color each. Without it the bar has one color. */
  counts?: Counts
  thin?: boolean
}

/** Progress as a bar, split by result. */
export function ProgressBar({ label, percent, counts, thin = false }: ProgressBarProps) {
  const parts = counts && counts.total > 0 ? segments(counts, percent) : [{ kind: 'running', share: percent }]
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(percent)}
      aria-valuetext={inPercent(percent)}
      className={thin ? `${styles.bar ?? ''} ${styles.thin ?? ''}` : styles.bar}
    >
      {parts.map(({ kind, share }) => (
        <div key={kind} className={styles[kind]} style={{ width: `${share}%` }} />
      ))}
    </div>
  )
}

/** Ended files count in full; the rest of the percentage is files in progress. */
function segments(counts: Counts, percent: number): { kind: string; share: number }[] {
  const share = (number: number) => (100 * number) / counts.total
  const ended = share(counts.finished + counts.failed + counts.canceled)
  return [
    { kind: 'finished', share: share(counts.finished) },
    { kind: 'failed', share: share(counts.failed) },
    { kind: 'canceled', share: share(counts.canceled) },
    { kind: 'running', share: Math.max(0, percent - ended) },
  ].filter((part) => part.share > 0)
}
