import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState, type CSSProperties } from 'react'
import { ErrorCode } from '../../components/error-code'
import { workerLabel } from '../../components/worker-label'
import { useNow } from '../../lib/server-clock'
import { pluralize, formatDuration, formatExactTime, LOCALE } from '../../lib/format'
import styles from './gantt.module.css'
import { endOf, assignLanes, ticks } from './gantt-lanes'
import { OUTCOME_WORDS, OUTCOMES, outcomeOf, type Call } from './run-calls'

interface GanttProps {
  calls: Call[]
  asOf: number
  /** Running calls extend to the current time. */
  live: boolean
  staleSince: number | null
}

const LANE_PX = 20
const MIN_SPAN_MS = 5_000 // so that the ticks differ
const NAMED_PERCENT = 6 // a bar of this width has room for the app's name
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium' })

/** App calls over time, with one lane per concurrent call of a worker. */
export function Gantt({ calls, asOf, live, staleSince }: GanttProps) {
  const navigate = useNavigate()
  const [pointed, setPointed] = useState<Call | null>(null)
  const ongoing = live && calls.some((call) => call.underWay)
  const currentTime = useNow(ongoing ? staleSince : asOf)
  const now = Math.max(currentTime, asOf)
  const lanes = useMemo(() => assignLanes(calls, asOf), [calls, asOf])
  const from = Math.min(...calls.map((call) => call.startedAt))
  const to = Math.max(from + MIN_SPAN_MS, ...calls.map((call) => endOf(call, now)))
  const at = (time: number) => (100 * (time - from)) / (to - from)
  const workers = new Set(lanes.map(({ worker }) => worker))
  return (
    <figure className={styles.gantt}>
      <figcaption className="unseen">
        {pluralize(calls.length, 'call')} on {pluralize(workers.size, 'worker')}, {clock.format(from)} to {clock.format(to)}.
        Show the table to read each call.
      </figcaption>
      <div className={styles.chart} aria-hidden onMouseLeave={() => setPointed(null)}>
        <div className={styles.names}>
          {lanes.map(({ worker }, lane) => (
            <span key={lane} style={{ height: `${LANE_PX}px` }} title={worker}>
              {worker === lanes[lane - 1]?.worker ? '' : workerLabel(worker)}
            </span>
          ))}
        </div>
        <div className={styles.lanes}>
          {ticks(from, to, 8).map((tick) => (
            <span key={tick} className={styles.tick} style={{ left: `${at(tick)}%` }}>
              <span>{clock.format(tick)}</span>
            </span>
          ))}
          {lanes.map(({ worker, calls: laneCalls }, lane) => (
            <div
              key={lane}
              className={worker === lanes[lane - 1]?.worker ? styles.lane : `${styles.lane ?? ''} ${styles.first ?? ''}`}
              style={{ height: `${LANE_PX}px` }}
            >
              {laneCalls.map((call) => {
                const outcome = outcomeOf(call)
                const width = at(endOf(call, now)) - at(call.startedAt)
                const position: CSSProperties = { left: `${at(call.startedAt)}%`, width: `max(3px, calc(${width}% - 1px))` }
                return (
                  <span
                    key={call.key}
                    className={`${styles.call ?? ''} ${styles[outcome] ?? ''}`}
                    style={position}
                    onMouseEnter={() => setPointed(call)}
                    onClick={() => void navigate({ to: '/pipeline-runs/$id', params: { id: call.pipelineRun } })}
                  >
                    {width >= NAMED_PERCENT && call.app}
                  </span>
                )
              })}
            </div>
          ))}
        </div>
      </div>
      <p className={styles.details} aria-hidden>
        {pointed ? <CallDetails call={pointed} now={now} /> : <Key />}
      </p>
    </figure>
  )
}

/** Explains the colours. */
function Key() {
  return (
    <span className={styles.key}>
      {OUTCOMES.map((outcome) => (
        <span key={outcome}>
          <span className={`${styles.mark ?? ''} ${styles[outcome] ?? ''}`} />
          {OUTCOME_WORDS[outcome]}
        </span>
      ))}
      <span>Point at a bar to see its call. Click it to open its file.</span>
    </span>
  )
}

function CallDetails({ call, now }: { call: Call; now: number }) {
  const outcome = outcomeOf(call)
  return (
    <>
      <strong>{call.app}</strong> on <code>{call.guid}</code>
      {call.number > 1 && `, call ${call.number}`}: {OUTCOME_WORDS[outcome]}
      {outcome !== 'lost' && `, ${formatDuration((endOf(call, now) - call.startedAt) / 1000)}`}, started{' '}
      {formatExactTime(new Date(call.startedAt))}
      {call.error && (
        <span className={styles.error}>
          {' '}
          <ErrorCode code={call.error.code} />: {call.error.message}
        </span>
      )}
    </>
  )
}
