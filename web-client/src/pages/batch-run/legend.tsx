import { memo } from 'react'
import { CELL_WORDS, type CellState } from './cell-state'
import styles from './legend.module.css'
import { StateMark } from './state-mark'

/** Those that the filter's buttons don't show. */
const MORE: readonly CellState[] = ['retrying', 'paused', 'unreached']

/** What the tiles mean. */
export const Legend = memo(function Legend({ apps }: { apps: string[] }) {
  return (
    <div className={styles.legend}>
      <p>
        A column is a file:{' '}
        {apps.map((app, step) => (
          <span key={step} className={styles.app}>
            {app}
          </span>
        ))}
      </p>
      <ul aria-label="More colors">
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
