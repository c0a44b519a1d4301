import { useDocumentTitle } from '../lib/document-title'
import { ErrorState } from './error-state'
import styles from './page.module.css'

/** A page that broke: its code could not be fetched, or it has a fault. */
export function PageError({ error }: { error: unknown }) {
  const title = 'This page broke'
  useDocumentTitle(title)
  return (
    <div className={styles.page}>
      <ErrorState title={title} message={error instanceof Error ? error.message : String(error)} onRetry={() => location.reload()} />
    </div>
  )
}
