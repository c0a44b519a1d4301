import { Failure } from './failure'
import styles from './page.module.css'

/** A page that broke: its code could not be fetched, or it has a fault. */
export function PageFailure({ error }: { error: unknown }) {
  return (
    <div className={styles.page}>
      <Failure title="This page broke" message={error instanceof Error ? error.message : String(error)} onRetry={() => location.reload()} />
    </div>
  )
}
