import { NounLink } from '../../components/noun-link'
import { ProgressBar } from '../../components/progress-bar'
import { RunActions } from '../../components/run-actions/run-actions'
import { StatusChip } from '../../components/status-chip'
import { Time } from '../../components/time'
import type { ActiveRun } from '../../lib/active-runs'
import { useNow } from '../../lib/now'
import { rateInWords, roughly } from '../../lib/pace'
import { runPace } from '../../lib/run-pace'
import { count, duration, percent } from '../../lib/words'
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
            <NounLink noun="batchRun" id={run.id}>
              {name}
            </NounLink>
          </h2>
          <StatusChip status={run.status} still={staleSince !== null} />
          <p className={styles.about}>
            <NounLink noun="pipeline" id={run.pipeline.id}>
              {run.pipeline.name}
            </NounLink>
            , version {run.pipeline.version}
            {run.priority !== 0 && ` · priority ${run.priority}`} · started <Time at={run.createdAt} />
          </p>
        </div>
        <div className={styles.actions}>
          <RunActions run={run} name={name} apps={run.steps.map(({ app }) => app.name)} />
        </div>
      </header>
      <div className={styles.whole}>
        <ProgressBar label={`All of ${name}`} percent={run.percent} counts={run.counts} />
        <strong>{percent(run.percent)}</strong>
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
  const { perMinute, secondsLeft } = runPace(run)
  return (
    <dl className={styles.facts}>
      <Fact name="Finished" value={`${count(counts.finished)} of ${count(counts.total)}`} />
      {counts.failed > 0 && <Fact name="Failed" value={count(counts.failed)} bad />}
      {counts.canceled > 0 && <Fact name="Canceled" value={count(counts.canceled)} />}
      <Fact name="Under way" value={count(counts.running)} />
      {perMinute !== null && <Fact name="Rate" value={rateInWords(perMinute)} />}
      {run.startedAt !== null && <Fact name="Running for" value={<Elapsed since={run.startedAt} staleSince={staleSince} />} />}
      {run.status === 'RUNNING' && <Fact name="Time left" value={secondsLeft === null ? '–' : roughly(secondsLeft)} />}
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
  return duration((useNow(staleSince) - Date.parse(since)) / 1000)
}
