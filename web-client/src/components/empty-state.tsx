import type { ReactNode } from 'react'
import styles from './states.module.css'

interface EmptyStateProps {
  icon: ReactNode
  title: string
  children?: ReactNode
  /** Buttons or links for the next action. */
  actions?: ReactNode
}

/** Shown where a list or page has no content yet. */
export function EmptyState({ icon, title, children, actions }: EmptyStateProps) {
  return (
    <div className={styles.state}>
      <div className={styles.icon} aria-hidden>
        {icon}
      </div>
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}
