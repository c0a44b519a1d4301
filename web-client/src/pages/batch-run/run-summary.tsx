import { Hourglass, TriangleAlert } from 'lucide-react'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import { useNow } from '../../lib/server-clock'
import { formatFileRate, formatEstimate } from '../../lib/progress-rate'
import { runRate } from '../../lib/run-rate'
import { formatCount, formatDuration, formatPercent } from '../../lib/format'
import type { FilesStore } from './files-store'
import type { Run } from './batch-run-query'
import styles from './run-summary.module.css'
import { throughputOf, type Throughput } from './throughput'
import { ThroughputPlot } from './throughput-plot'

type Step = Run['steps'][number]

interface RunSummaryProps {
  run: Run
  store: FilesStore
  staleSince: number | null
}

/** Progress of the run by app, and its rate. */
export function RunSummary({ run, store, staleSince }: RunSummaryProps) {
  return (
    <Panel flush>
      <div className={styles.summary}>
        <ol className={styles.steps} aria-label="Apps">
          {run.steps.map((step) => (
            <AppBar key={step.position} step={step} />
          ))}
        </ol>
        <Figures run={run} store={store} staleSince={staleSince} />
      </div>
      <Notices run={run} />
    </Panel>
  )
}

function AppBar({ step: { app, position, percent, counts } }: { step: Step }) {
  const words = [
    counts.finished === counts.total ? 'done' : formatPercent(percent),
    counts.running > 0 && `${formatCount(counts.running)} running`,
    counts.failed > 0 && `${formatCount(counts.failed)} failed`,
    counts.canceled > 0 && `${formatCount(counts.canceled)} not run`,
  ].filter(Boolean)
  return (
    <li>
      <p className={styles.app}>
        <span className={styles.position}>{position}</span>
        <strong>{app.name}</strong>
        <span className={styles.words}>{words.join(' · ')}</span>
      </p>
      <ProgressBar label={app.name} percent={percent} counts={counts} />
    </li>
  )
}

function Figures({ run, store, staleSince }: RunSummaryProps) {
  const { perMinute, secondsLeft } = runRate(run)
  const { counts } = run
  const done = counts.finished + counts.failed + counts.canceled
  const throughput = useThroughput(run, store)
  return (
    <div className={styles.figures}>
      <dl>
        <Figure name="Done" large>
          {formatCount(done)} <small>of {formatCount(counts.total)}</small>
        </Figure>
        <Figure name="Failed" bad={counts.failed > 0}>
          {formatCount(counts.failed)}
        </Figure>
        <Figure name="Rate">{perMinute === null ? '–' : formatFileRate(perMinute)}</Figure>
        {run.endedAt === null && <Figure name="Time left">{secondsLeft === null ? '–' : formatEstimate(secondsLeft)}</Figure>}
        <Figure name={run.endedAt === null ? 'Running for' : 'Duration'}>
          <Duration run={run} staleSince={staleSince} />
        </Figure>
      </dl>
      {throughput && <ThroughputPlot {...throughput} />}
    </div>
  )
}

const INTERVAL_MS = 2_000 // the calculation reads all files

function useThroughput({ startedAt, endedAt, asOf }: Run, store: FilesStore): Throughput | null {
  const from = startedAt === null ? null : Date.parse(startedAt)
  const to = endedAt === null ? Math.floor(Date.parse(asOf) / INTERVAL_MS) * INTERVAL_MS : Date.parse(endedAt)
  const [version, setVersion] = useState(store.version)
  useEffect(() => {
    const timer = setInterval(() => setVersion(store.version), INTERVAL_MS)
    return () => clearInterval(timer)
  }, [store])
  return useMemo(
    () => (from === null ? null : throughputOf(store, from, to)),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version changes with the files
    [store, version, from, to],
  )
}

function Figure({ name, bad = false, large = false, children }: { name: string; bad?: boolean; large?: boolean; children: ReactNode }) {
  return (
    <div className={[styles.figure, bad && styles.bad, large && styles.large].filter(Boolean).join(' ')}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Duration({ run, staleSince }: { run: Run; staleSince: number | null }) {
  const now = useNow(run.endedAt === null ? staleSince : Date.parse(run.endedAt))
  if (run.startedAt === null) return <>–</>
  return <>{formatDuration((now - Date.parse(run.startedAt)) / 1000)}</>
}

/** Why an app with waiting files has no running calls, and the warnings of the run. */
function Notices({ run }: { run: Run }) {
  const waits = run.steps.flatMap(({ waitingFor }) => (waitingFor && waitingFor.reason !== 'TURN' ? [waitingFor.message] : []))
  return (
    <ul aria-label="Warnings" aria-live="polite" className={styles.notices}>
      {[...new Set(waits)].map((message) => (
        <li key={message}>
          <Hourglass aria-hidden size={16} />
          {message}
        </li>
      ))}
      {run.warnings.map((warning) => (
        <li key={warning}>
          <TriangleAlert aria-hidden size={16} />
          {warning}
        </li>
      ))}
    </ul>
  )
}
