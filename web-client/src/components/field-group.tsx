import type { ReactNode } from 'react'
import styles from './field.module.css'

/** Like Field, for controls that have their own label: pickers and lists. */
export function FieldGroup({ label, help, children }: { label: string; help?: string; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <span className={styles.label}>{label}</span>
      {children}
      {help !== undefined && <span className={styles.help}>{help}</span>}
    </div>
  )
}
