import { ProgressBar } from '../../components/progress-bar'
import { StatusChip } from '../../components/status-chip'
import type { RunState } from '../../lib/live-runs'
import { formatPercent } from '../../lib/format'
import styles from './batch-progress.module.css'

interface BatchProgressProps {
  name: string
  percentFinished: number
  percentSuccessful: number
  /** The newest run. */
  run: RunState | null
  staleSince: number | null
}

/** The progress of the newest run. */
export function BatchProgress({ name, percentFinished, percentSuccessful, run, staleSince }: BatchProgressProps) {
  if (run === null) return <span className={styles.never}>Never started</span>
  return (
    <div className={styles.progress}>
      <StatusChip status={run.status} still={staleSince !== null} />
      <div className={styles.far}>
        <ProgressBar thin label={`Newest run of ${name}`} percent={run.percent} counts={run.counts} />
        <small>{run.endedAt === null ? formatPercent(run.percent) : summarize(percentFinished, percentSuccessful)}</small>
      </div>
    </div>
  )
}

/** Summarizes all files that the batch has now. */
function summarize(done: number, succeeded: number): string {
  if (done < 100) return `${formatPercent(done)} done, ${formatPercent(succeeded)} succeeded`
  return succeeded < 100 ? `${formatPercent(succeeded)} succeeded` : 'All succeeded'
}
