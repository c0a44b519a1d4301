import { Hourglass } from 'lucide-react'
import { NounLink } from '../../components/noun-link'
import { ProgressBar } from '../../components/progress-bar'
import type { ActiveRun } from '../../lib/active-runs'
import { clockTime, count, counted, percent } from '../../lib/words'
import styles from './run-card.module.css'

type Step = ActiveRun['steps'][number]

/** One app of a run: how far it has come over all files, and why it waits. */
export function StepLine({ step, paused }: { step: Step; paused: boolean }) {
  const { app, counts, waitingFor } = step
  return (
    <li className={styles.step}>
      <div className={styles.stepWords}>
        <NounLink noun="app" id={app.id}>
          {app.name}
        </NounLink>
        <span>{counts.finished === counts.total ? 'done' : percent(step.percent)}</span>
      </div>
      <ProgressBar label={app.name} percent={step.percent} counts={counts} thin />
      <p className={styles.stepFacts}>
        {counted(counts.finished, 'file')} through
        {counts.running > 0 && `, ${count(counts.running)} running`}
        {counts.failed > 0 && <span className={styles.bad}>, {count(counts.failed)} failed</span>}
      </p>
      {waitingFor && !paused && (
        <p className={styles.waits}>
          <Hourglass aria-hidden size={14} />
          <span>
            {waitingFor.message}
            {waitingFor.until !== null && ` Next try at ${clockTime(new Date(waitingFor.until), new Date())}.`}
          </span>
        </p>
      )}
    </li>
  )
}
