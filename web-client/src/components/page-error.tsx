import { useDocumentTitle } from '../lib/document-title'
import { ErrorState } from './error-state'
import styles from './page.module.css'

/** Shown if the code of a page cannot be loaded, or throws. */
export function PageError({ error }: { error: unknown }) {
  const title = 'This page failed to load'
  useDocumentTitle(title)
  return (
    <div className={styles.page}>
      <ErrorState title={title} message={error instanceof Error ? error.message : String(error)} onRetry={() => location.reload()} />
    </div>
  )
}
