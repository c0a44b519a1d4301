import { createLink } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'
import styles from './button.module.css'

interface AnchorButtonProps extends ComponentProps<'a'> {
  kind?: 'plain' | 'primary' | 'quiet'
  icon?: ReactNode
  small?: boolean
}

/** A link that looks like a button, to something other than a page of the client, e.g. a download. */
export function AnchorButton({ kind = 'plain', icon, small, children, className, ...more }: AnchorButtonProps) {
  const classes = [styles.button, styles[kind], small && styles.small, className]
  return (
    <a {...more} className={classes.filter(Boolean).join(' ')}>
      {icon}
      {children}
    </a>
  )
}

/** A link to a page that looks like a button. */
export const LinkButton = createLink(AnchorButton)
