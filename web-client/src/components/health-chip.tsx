import { graphql, type ResultOf } from '../lib/graphql'
import styles from './health-chip.module.css'

export const AppState = graphql(`
  fragment AppState on ClamsApp @_unmask {
    id
    name
    version
    endpoint
    active
    maxConcurrency
    timeoutSeconds
    oneAtATime
    note
    circuit { openedAt trialAt trials reason }
    health { status message lookedAt lastAnswerAt lastFailureAt drift { identifier version since message } }
    load { slots taken waiting batchRuns }
  }
`)

export type AppState = ResultOf<typeof AppState>

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
