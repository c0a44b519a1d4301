import type { ReactNode } from 'react'
import styles from './states.module.css'

interface EmptyStateProps {
  icon: ReactNode
  title: string
  children?: ReactNode
  /** What to do about it: buttons or links. */
  actions?: ReactNode
}

/** There is nothing here, and that is no mistake. */
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
