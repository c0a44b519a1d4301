import type { ReactNode } from 'react'
import type { RowSelection } from '../lib/selection'
import { formatCount } from '../lib/format'
import styles from './bulk-bar.module.css'
import { Button } from './button'

interface BulkBarProps {
  selecting: RowSelection
  total: { count: number; exact: boolean } | null
  actions: ReactNode
}

/** What can be done with the chosen rows, and the way to choose all that the filter finds. */
export function BulkBar({ selecting, total, actions }: BulkBarProps) {
  const all = total && `${total.exact ? '' : 'about '}${formatCount(total.count)}`
  return (
    <div role="region" aria-label="Chosen rows" className={styles.bar}>
      <p aria-live="polite">
        {selecting.count === null ? `All ${all ?? ''} that match are chosen` : `${formatCount(selecting.count)} chosen`}
      </p>
      {selecting.count !== null && total && total.count > selecting.count && (
        <Button small kind="quiet" onClick={selecting.chooseAll}>
          Choose all {all}
        </Button>
      )}
      <Button small kind="quiet" onClick={selecting.clear}>
        Choose none
      </Button>
      <div className={styles.actions}>{actions}</div>
    </div>
  )
}
