import { ErrorCode } from '../../components/error-code'
import type { ErrorData } from './pipeline-run-queries'
import styles from './step-failure.module.css'

/** The error of a step, with the app's output in a collapsed section. */
export function StepFailure({ error: { code, message, detail } }: { error: ErrorData }) {
  return (
    <div className={styles.failure}>
      <p>
        <ErrorCode code={code} /> {message}
      </p>
      {detail !== null && detail !== '' && (
        <details>
          <summary>App output</summary>
          <pre tabIndex={0}>{detail}</pre>
        </details>
      )}
    </div>
  )
}
