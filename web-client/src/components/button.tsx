import type { ComponentProps, ReactNode } from 'react'
import styles from './button.module.css'

interface ButtonProps extends ComponentProps<'button'> {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  /** Before the label. */
  icon?: ReactNode
  small?: boolean
  /** The action is running: the button is disabled. */
  busy?: boolean
}

export function Button({ kind = 'plain', icon, small, busy, children, className, ...more }: ButtonProps) {
  const classes = [styles.button, styles[kind], small && styles.small, !children && styles.iconAlone, className]
  return (
    <button
      type="button"
      aria-busy={busy}
      {...more}
      disabled={more.disabled === true || busy === true}
      className={classes.filter(Boolean).join(' ')}
    >
      {icon}
      {children}
    </button>
  )
}
