import type { AppState } from '../lib/live-apps'
import styles from './health-chip.module.css'

const WORDS = {
  NO_ENDPOINT: 'Not running yet',
  UNKNOWN: 'Not heard of yet',
  ANSWERING: 'Answers',
  BUSY_OR_AWAY: 'Busy or away',
  FAILING: 'Failing',
  CIRCUIT_OPEN: 'Left alone',
  INACTIVE: 'Deactivated',
}

/** How an app does, in a word. */
export function HealthChip({ app }: { app: Pick<AppState, 'active' | 'circuit' | 'health'> }) {
  const state = app.active ? (app.circuit ? 'CIRCUIT_OPEN' : app.health.status) : 'INACTIVE'
  return (
    <span className={`${styles.health ?? ''} ${styles[state] ?? ''}`}>
      <span aria-hidden className={styles.dot} />
      {WORDS[state]}
    </span>
  )
}
