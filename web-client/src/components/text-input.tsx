import { Field } from '@base-ui/react/field'
import type { ComponentProps } from 'react'
import styles from './field.module.css'

/** A single-line input. Use it inside a Field, or with an aria-label. */
export function TextInput({ className, ...more }: ComponentProps<'input'>) {
  return <Field.Control className={[styles.input, className].filter(Boolean).join(' ')} {...more} />
}

/** A multi-line input. */
export function TextArea({ className, ...more }: ComponentProps<'textarea'>) {
  return (
    <Field.Control
      render={<textarea {...more} className={[styles.input, styles.area, className].filter(Boolean).join(' ')} />}
    />
  )
}
