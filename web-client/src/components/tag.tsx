import type { ReactNode } from 'react'
import styles from './tag.module.css'

/** A kind or a label, in a word. */
export function Tag({ children }: { children: ReactNode }) {
  return <span className={styles.tag}>{children}</span>
}
