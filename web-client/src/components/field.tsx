import { Field as Base } from '@base-ui/react/field'
import type { ReactNode } from 'react'
import styles from './field.module.css'

interface FieldProps {
  label: string
  help?: ReactNode
  /** What is wrong with the input, and what to do. */
  error?: string | undefined
  children: ReactNode
}

/** A form field: label, control, help and error. The control is a TextInput, a TextArea or a Select. */
export function Field({ label, help, error, children }: FieldProps) {
  return (
    <Base.Root className={styles.field} invalid={error !== undefined}>
      <Base.Label className={styles.label}>{label}</Base.Label>
      {children}
      {help !== undefined && <Base.Description className={styles.help}>{help}</Base.Description>}
      <Base.Error match={error !== undefined} className={styles.error}>
        {error}
      </Base.Error>
    </Base.Root>
  )
}
