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

/** The actions for the selected rows, and a button that selects every row that the filter matches. */
export function BulkBar({ selecting, total, actions }: BulkBarProps) {
  const all = total && `${total.exact ? '' : 'about '}${formatCount(total.count)}`
  return (
    <div role="region" aria-label="Selected rows" className={styles.bar}>
      <p aria-live="polite">
        {selecting.count === null ? `All ${all ?? ''} matching rows selected` : `${formatCount(selecting.count)} selected`}
      </p>
      {selecting.count !== null && total && total.count > selecting.count && (
        <Button small kind="quiet" onClick={selecting.chooseAll}>
          Select all {all}
        </Button>
      )}
      <Button small kind="quiet" onClick={selecting.clear}>
        Clear selection
      </Button>
      <div className={styles.actions}>{actions}</div>
    </div>
  )
}
