import { ProgressBar } from '../../components/progress-bar'
import { StatusChip } from '../../components/status-chip'
import type { RunState } from '../../lib/live-runs'
import { formatPercent } from '../../lib/format'
import styles from './batch-progress.module.css'

interface BatchProgressProps {
  name: string
  percentFinished: number
  percentSuccessful: number
  /** Its newest one. */
  run: RunState | null
  staleSince: number | null
}

/** How far a batch is, by its newest run. */
export function BatchProgress({ name, percentFinished, percentSuccessful, run, staleSince }: BatchProgressProps) {
  if (run === null) return <span className={styles.never}>Never started</span>
  return (
    <div className={styles.progress}>
      <StatusChip status={run.status} still={staleSince !== null} />
      <div className={styles.far}>
        <ProgressBar thin label={`Newest run of ${name}`} percent={run.percent} counts={run.counts} />
        <small>{run.endedAt === null ? formatPercent(run.percent) : wordsOf(percentFinished, percentSuccessful)}</small>
      </div>
    </div>
  )
}

/** Of all files that the batch has now. */
function wordsOf(finished: number, successful: number): string {
  if (finished < 100) return `${formatPercent(finished)} ended, ${formatPercent(successful)} successful`
  return successful < 100 ? `${formatPercent(successful)} successful` : 'All successful'
}
