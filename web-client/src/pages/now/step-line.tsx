import { Hourglass } from 'lucide-react'
import { EntityLink } from '../../components/entity-link'
import { ProgressBar } from '../../components/progress-bar'
import type { ActiveRun } from '../../lib/active-runs'
import { formatClockTime, formatCount, pluralize, formatPercent } from '../../lib/format'
import styles from './run-card.module.css'

type Step = ActiveRun['steps'][number]

/** The progress of one app of a run over all files, and why it waits. */
export function StepLine({ step, paused }: { step: Step; paused: boolean }) {
  const { app, counts, waitingFor } = step
  return (
    <li className={styles.step}>
      <div className={styles.stepWords}>
        <EntityLink kind="app" id={app.id}>
          {app.name}
        </EntityLink>
        <span>{counts.finished === counts.total ? 'done' : formatPercent(step.percent)}</span>
      </div>
      <ProgressBar label={app.name} percent={step.percent} counts={counts} thin />
      <p className={styles.stepFacts}>
        {pluralize(counts.finished, 'file')} done
        {counts.running > 0 && `, ${formatCount(counts.running)} running`}
        {counts.failed > 0 && <span className={styles.bad}>, {formatCount(counts.failed)} failed</span>}
      </p>
      {waitingFor && !paused && (
        <p className={styles.waits}>
          <Hourglass aria-hidden size={14} />
          <span>
            {waitingFor.message}
            {waitingFor.until !== null && ` Next attempt at ${formatClockTime(new Date(waitingFor.until), new Date())}.`}
          </span>
        </p>
      )}
    </li>
  )
}
