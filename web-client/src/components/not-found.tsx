import { Link } from '@tanstack/react-router'
import { Shell as ShellIcon } from 'lucide-react'
import { useDocumentTitle } from '../lib/document-title'
import styles from './states.module.css'

/** `what`: as in "There is no batch b-12". Without it, the page itself is unknown. */
export function NotFound({ what }: { what?: string }) {
  const title = what === undefined ? 'Page not found' : `There is no ${what}`
  useDocumentTitle(title)
  return (
    <div className={styles.state}>
      <div className={styles.icon} aria-hidden>
        <ShellIcon size={26} />
      </div>
      <h1>{title}</h1>
      <p>It may have been deleted, or the address is incomplete.</p>
      <div className={styles.actions}>
        <Link to="/">Go to Now</Link>
      </div>
    </div>
  )
}
