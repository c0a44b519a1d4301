import { useId, type ReactNode } from 'react'
import styles from './panel.module.css'

interface PanelProps {
  title?: string
  /** At the right of the title. */
  beside?: ReactNode
  /** The content comes to the edge: tables. */
  flush?: boolean
  children: ReactNode
}

/** A sheet of paper on the page. */
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
