import { memo } from 'react'
import { CELL_WORDS, type CellState } from './cell-state'
import styles from './legend.module.css'
import { StateMark } from './state-mark'

/** The states without a filter button. */
const MORE: readonly CellState[] = ['retrying', 'paused']

/** Explains the tiles. */
export const Legend = memo(function Legend({ apps }: { apps: string[] }) {
  return (
    <div className={styles.legend}>
      <p>
        Each column is a file:{' '}
        {apps.map((app, step) => (
          <span key={step} className={styles.app}>
            {app}
          </span>
        ))}
      </p>
      <ul aria-label="Other states">
        {MORE.map((state) => (
          <li key={state}>
            <StateMark state={state} />
            {CELL_WORDS[state]}
          </li>
        ))}
      </ul>
    </div>
  )
})
