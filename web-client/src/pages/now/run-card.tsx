import { EntityLink } from '../../components/entity-link'
import { ProgressBar } from '../../components/progress-bar'
import { RunActions } from '../../components/run-actions/run-actions'
import { StatusChip } from '../../components/status-chip'
import { RelativeTime } from '../../components/relative-time'
import type { ActiveRun } from '../../lib/active-runs'
import { useNow } from '../../lib/server-clock'
import { formatFileRate, formatEstimate } from '../../lib/progress-rate'
import { runRate } from '../../lib/run-rate'
import { formatCount, formatDuration, formatPercent } from '../../lib/format'
import styles from './run-card.module.css'
import { StepLine } from './step-line'

export function RunCard({ run, staleSince }: { run: ActiveRun; staleSince: number | null }) {
  const { name } = run.batch
  const id = `run-${run.id}`
  return (
    <article className={styles.card} aria-labelledby={id}>
      <header className={styles.header}>
        <div className={styles.words}>
          <h2 id={id}>
            <EntityLink kind="batchRun" id={run.id}>
              {name}
            </EntityLink>
          </h2>
          <StatusChip status={run.status} still={staleSince !== null} />
          <p className={styles.about}>
            <EntityLink kind="pipeline" id={run.pipeline.id}>
              {run.pipeline.name}
            </EntityLink>
            , version {run.pipeline.version}
            {run.priority !== 0 && ` · priority ${run.priority}`} · started <RelativeTime at={run.createdAt} />
          </p>
        </div>
        <div className={styles.actions}>
          <RunActions run={run} name={name} apps={run.steps.map(({ app }) => app.name)} />
        </div>
      </header>
      <div className={styles.whole}>
        <ProgressBar label={`Progress of ${name}`} percent={run.percent} counts={run.counts} />
        <strong>{formatPercent(run.percent)}</strong>
      </div>
      <Facts run={run} staleSince={staleSince} />
      <ol className={styles.steps}>
        {run.steps.map((step) => (
          <StepLine key={step.position} step={step} paused={run.status === 'PAUSED'} />
        ))}
      </ol>
      {run.warnings.map((warning) => (
        <p key={warning} className={styles.warning}>
          {warning}
        </p>
      ))}
    </article>
  )
}

function Facts({ run, staleSince }: { run: ActiveRun; staleSince: number | null }) {
  const { counts } = run
  const { perMinute, secondsLeft } = runRate(run)
  return (
    <dl className={styles.facts}>
      <Fact name="Succeeded" value={`${formatCount(counts.finished)} of ${formatCount(counts.total)}`} />
      {counts.failed > 0 && <Fact name="Failed" value={formatCount(counts.failed)} bad />}
      {counts.canceled > 0 && <Fact name="Not run" value={formatCount(counts.canceled)} />}
      <Fact name="Running" value={formatCount(counts.running)} />
      {perMinute !== null && <Fact name="Rate" value={formatFileRate(perMinute)} />}
      {run.startedAt !== null && <Fact name="Running for" value={<Elapsed since={run.startedAt} staleSince={staleSince} />} />}
      {run.status === 'RUNNING' && <Fact name="Time left" value={secondsLeft === null ? '–' : formatEstimate(secondsLeft)} />}
    </dl>
  )
}

function Fact({ name, value, bad = false }: { name: string; value: React.ReactNode; bad?: boolean }) {
  return (
    <div className={bad ? styles.bad : undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Elapsed({ since, staleSince }: { since: string; staleSince: number | null }) {
  return formatDuration((useNow(staleSince) - Date.parse(since)) / 1000)
}
