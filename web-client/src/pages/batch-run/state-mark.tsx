import type { CellState } from './cell-state'
import styles from './state-mark.module.css'

/** The colour of a state, as a small square. */
export function StateMark({ state }: { state: CellState }) {
  return <span aria-hidden className={[styles.mark, styles[state]].filter(Boolean).join(' ')} />
}
