import { useId, type ReactNode } from 'react'
import styles from './panel.module.css'

interface PanelProps {
  title?: string
  /** Right of the title. */
  beside?: ReactNode
  /** The content has no padding, e.g. a table. */
  flush?: boolean
  children: ReactNode
}

/** A titled section of a page. */
export function Panel({ title, beside, flush = false, children }: PanelProps) {
  const id = useId()
  return (
    <section className={styles.panel} aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <header className={styles.header}>
          <h2 id={id}>{title}</h2>
          {beside}
        </header>
      )}
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </section>
  )
}
