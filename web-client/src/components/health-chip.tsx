import type { AppState } from '../lib/live-apps'
import styles from './health-chip.module.css'

const LABELS = {
  NO_ENDPOINT: 'Not running yet',
  UNKNOWN: 'Not checked yet',
  ANSWERING: 'Online',
  BUSY_OR_AWAY: 'Busy or offline',
  FAILING: 'Failing',
  CIRCUIT_OPEN: 'Calls paused',
  INACTIVE: 'Deactivated',
}

/** The health of an app. */
export function HealthChip({ app }: { app: Pick<AppState, 'active' | 'circuit' | 'health'> }) {
  const state = app.active ? (app.circuit ? 'CIRCUIT_OPEN' : app.health.status) : 'INACTIVE'
  return (
    <span className={`${styles.health ?? ''} ${styles[state] ?? ''}`}>
      <span aria-hidden className={styles.dot} />
      {LABELS[state]}
    </span>
  )
}
