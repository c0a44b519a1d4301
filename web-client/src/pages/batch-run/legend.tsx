import { CELL_STATES, CELL_WORDS } from './cell-state'
import styles from './legend.module.css'
import { StateMark } from './state-mark'

/** What the tiles mean. */
export function Legend({ apps }: { apps: string[] }) {
  return (
    <div className={styles.legend}>
      <p>
        A column is a file, from top to bottom:{' '}
        {apps.map((app, step) => (
          <span key={step} className={styles.app}>
            {app}
          </span>
        ))}
      </p>
      <ul aria-label="Colours">
        {CELL_STATES.map((state) => (
          <li key={state}>
            <StateMark state={state} />
            {CELL_WORDS[state]}
          </li>
        ))}
      </ul>
    </div>
  )
}
