import type { Column } from '../../components/data-table'
import { ProgressBar } from '../../components/progress-bar'
import { BatchRunLink } from '../../components/run-link'
import { StatusChip } from '../../components/status-chip'
import { RelativeTime } from '../../components/relative-time'
import { useNow } from '../../lib/server-clock'
import { formatCount, formatDuration, formatPercent } from '../../lib/format'
import styles from './run-columns.module.css'
import type { RunRow } from './run-fields'

type Sort = 'CREATED' | 'ENDED' | 'DURATION'
type RunColumn = Column<RunRow, Sort>

export const BATCH: RunColumn = {
  header: 'Batch',
  cell: (run) => <BatchRunLink id={run.id}>{run.batch.name}</BatchRunLink>,
}

export const PIPELINE: RunColumn = {
  header: 'Pipeline',
  cell: (run) => (
    <>
      {run.pipeline.name} <span className={styles.quiet}>v{run.pipeline.version}</span>
    </>
  ),
}

/** Links to a run on pages that already show its batch. */
export const PIPELINE_LINK: RunColumn = {
  header: 'Pipeline',
  cell: (run) => (
    <BatchRunLink id={run.id}>
      {run.pipeline.name} v{run.pipeline.version}
    </BatchRunLink>
  ),
}

export const FILES: RunColumn = {
  header: 'Files',
  end: true,
  narrow: true,
  cell: ({ counts }) => formatCount(counts.total),
}

export const FAILED: RunColumn = {
  header: 'Failed',
  end: true,
  narrow: true,
  cell: ({ counts }) =>
    counts.failed > 0 ? <span className={styles.failed}>{formatCount(counts.failed)}</span> : <span className={styles.quiet}>–</span>,
}

export function progress(staleSince: number | null): RunColumn {
  return {
    header: 'Progress',
    narrow: true,
    cell: (run) => (
      <div className={styles.progress}>
        <StatusChip status={run.status} still={staleSince !== null} />
        <div className={styles.bar}>
          <ProgressBar thin label={`Progress of ${run.batch.name}`} percent={run.percent} counts={run.counts} />
        </div>
        <span className={styles.percent}>{formatPercent(run.percent)}</span>
      </div>
    ),
  }
}

export function took(staleSince: number | null): RunColumn {
  return {
    header: 'Duration',
    sort: { by: 'DURATION', descending: true },
    spare: true,
    end: true,
    narrow: true,
    cell: (run) => <Duration run={run} staleSince={staleSince} />,
  }
}

function Duration({ run, staleSince }: { run: RunRow; staleSince: number | null }) {
  const end = run.endedAt === null ? null : Date.parse(run.endedAt)
  const now = useNow(end ?? staleSince)
  if (run.startedAt === null) return <span className={styles.quiet}>–</span>
  const duration = formatDuration((now - Date.parse(run.startedAt)) / 1000)
  return end === null ? `${duration} so far` : duration
}

export const STARTED: RunColumn = {
  header: 'Started',
  sort: { by: 'CREATED', descending: true },
  narrow: true,
  cell: (run) => <RelativeTime at={run.createdAt} />,
}
