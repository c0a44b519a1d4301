import { TriangleAlert } from 'lucide-react'
import { Button } from './button'
import styles from './states.module.css'

interface ErrorStateProps {
  title?: string
  message: string
  onRetry?: (() => void) | undefined
}

/** It could not be shown, and why. */
export function ErrorState({ title = 'This can’t be shown just now', message, onRetry }: ErrorStateProps) {
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
