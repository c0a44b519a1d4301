import { useTitle } from '../lib/title'
import { Failure } from './failure'
import styles from './page.module.css'

/** A page that broke: its code could not be fetched, or it has a fault. */
export function PageFailure({ error }: { error: unknown }) {
  const title = 'This page broke'
  useTitle(title)
  return (
    <div className={styles.page}>
      <Failure title={title} message={error instanceof Error ? error.message : String(error)} onRetry={() => location.reload()} />
    </div>
  )
}
