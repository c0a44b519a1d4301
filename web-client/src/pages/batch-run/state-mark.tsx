import type { CellState } from './cell-state'
import styles from './state-mark.module.css'

/** The tile of a state, as large as a letter. */
export function StateMark({ state }: { state: CellState }) {
  return <span aria-hidden className={[styles.mark, styles[state]].filter(Boolean).join(' ')} />
}
