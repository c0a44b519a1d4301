import type { ErrorData } from './pipeline-run-queries'
import styles from './step-failure.module.css'

/** Why it failed, and, folded, what the app said. */
export function StepFailure({ error: { code, message, detail } }: { error: ErrorData }) {
  return (
    <div className={styles.failure}>
      <p>
        <code>{code}</code> {message}
      </p>
      {detail !== null && detail !== '' && (
        <details>
          <summary>What the app said</summary>
          <pre tabIndex={0}>{detail}</pre>
        </details>
      )}
    </div>
  )
}
