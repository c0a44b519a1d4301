import { Hourglass } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import type { ResultOf } from '../../lib/graphql'
import { useNow } from '../../lib/now'
import { count, duration, percent } from '../../lib/words'
import type { FilesStore } from './files-store'
import type { RunState } from './operations'
import { Pace } from './pace'
import styles from './run-summary.module.css'
import { useStoreVersion } from './store-version'
import { throughputOf } from './throughput'
import { ThroughputPlot } from './throughput-plot'

export type Run = ResultOf<typeof RunState>['batchRun']
type Step = Run['steps'][number]

interface RunSummaryProps {
  run: Run
  store: FilesStore
  staleSince: number | null
}

/** How far the run is, app by app, and how fast it goes. */
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
      <WhyItWaits run={run} />
    </Panel>
  )
}

function AppBar({ step: { app, position, percent: done, counts } }: { step: Step }) {
  const words = [
    counts.finished === counts.total ? 'done' : percent(done),
    counts.running > 0 && `${count(counts.running)} running`,
    counts.failed > 0 && `${count(counts.failed)} failed`,
    counts.canceled > 0 && `${count(counts.canceled)} not run`,
  ].filter(Boolean)
  return (
    <li>
      <p className={styles.app}>
        <span className={styles.position}>{position}</span>
        <strong>{app.name}</strong>
        <span className={styles.words}>{words.join(' · ')}</span>
      </p>
      <ProgressBar label={app.name} percent={done} counts={counts} />
    </li>
  )
}

function Figures({ run, store, staleSince }: RunSummaryProps) {
  useStoreVersion(store, 1_000)
  const [pace] = useState(() => new Pace())
  const { counts } = run
  const ended = counts.finished + counts.failed + counts.canceled
  const throughput =
    run.startedAt === null
      ? null
      : throughputOf(store, Date.parse(run.startedAt), Date.parse(run.endedAt ?? run.asOf), run.endedAt !== null)
  const left = pace.secondsLeft(run)
  const moving = run.status === 'RUNNING'
  return (
    <div className={styles.figures}>
      <dl>
        <Figure name="Files ended" large>
          {count(ended)} <small>of {count(counts.total)}</small>
        </Figure>
        <Figure name="Failed" bad={counts.failed > 0}>
          {count(counts.failed)}
        </Figure>
        <Figure name="Files an hour">
          {throughput?.perHour == null || !(moving || run.endedAt) ? '–' : count(Math.round(throughput.perHour))}
        </Figure>
        {run.endedAt === null && (
          <Figure name="Time left">{moving && left !== null ? `about ${duration(left)}` : '–'}</Figure>
        )}
        <Figure name={run.endedAt === null ? 'Running for' : 'Took'}>
          <Lasted run={run} staleSince={staleSince} />
        </Figure>
      </dl>
      {throughput && <ThroughputPlot {...throughput} />}
    </div>
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

function Lasted({ run, staleSince }: { run: Run; staleSince: number | null }) {
  const now = useNow(run.endedAt === null ? staleSince : Date.parse(run.endedAt))
  if (run.startedAt === null) return <>–</>
  return <>{duration((now - Date.parse(run.startedAt)) / 1000)}</>
}

/** Why an app has nothing in hand, though there is something for it to do. */
function WhyItWaits({ run }: { run: Run }) {
  const waits = run.steps.filter(({ waitingFor }) => waitingFor && waitingFor.reason !== 'TURN')
  const messages = [...new Set(waits.map(({ waitingFor }) => waitingFor?.message))]
  return (
    <ul aria-label="Why it waits" aria-live="polite" className={styles.whys}>
      {messages.map((message) => (
        <li key={message}>
          <Hourglass aria-hidden size={16} />
          {message}
        </li>
      ))}
    </ul>
  )
}
