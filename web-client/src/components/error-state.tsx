import { TriangleAlert } from 'lucide-react'
import { Button } from './button'
import styles from './states.module.css'

interface ErrorStateProps {
  title?: string
  message: string
  onRetry?: (() => void) | undefined
}

/** Shown where content cannot be loaded, with the reason. */
export function ErrorState({ title = 'Can’t load this', message, onRetry }: ErrorStateProps) {
  return (
    <div className={styles.state} role="alert">
      <div className={`${styles.icon ?? ''} ${styles.bad ?? ''}`} aria-hidden>
        <TriangleAlert size={26} />
      </div>
      <h2>{title}</h2>
      <p>{message}</p>
      {onRetry && (
        <div className={styles.actions}>
          <Button onClick={onRetry}>Try again</Button>
        </div>
      )}
    </div>
  )
}
