import { formatPercent as inPercent } from '../../lib/format'
import type { CellState } from './cell-state'
import styles from './step-cell.module.css'

interface StepCellProps {
  state: CellState
  percent: number
  /** Text for the tooltip and screen readers, with the app's name. */
  words: string
}

/** A step of a file in a table row. */
export function StepCell({ state, percent, words }: StepCellProps) {
  return (
    <span className={[styles.cell, styles[state]].filter(Boolean).join(' ')} title={words}>
      <span className="unseen">{words}. </span>
      {state === 'running' && <span aria-hidden className={styles.done} style={{ width: `${percent}%` }} />}
      <span aria-hidden className={styles.sign}>
        {signOf(state, percent)}
      </span>
    </span>
  )
}

/** Characters, because scrolling renders many rows and icons are slower. */
function signOf(state: CellState, percent: number): string | null {
  switch (state) {
    case 'failed':
      return '×'
    case 'canceled':
    case 'unreached':
      return '–'
    case 'running':
      return inPercent(percent)
    case 'retrying':
      return 'retry'
    case 'paused':
      return 'paused'
    case 'finished': // drawn by the style sheet
    case 'waiting':
      return null
  }
}
