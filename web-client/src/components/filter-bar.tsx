import type { ReactNode } from 'react'
import { Button } from './button'
import styles from './filter-bar.module.css'

interface FilterBarProps {
  /** What it filters: "Batches". */
  label: string
  /** Something is left out by it. */
  filtered: boolean
  onClear: () => void
  /** A SearchField and Facets. */
  children: ReactNode
}

/** What of a list is shown. */
export function FilterBar({ label, filtered, onClear, children }: FilterBarProps) {
  return (
    <div role="search" aria-label={`Filter ${label.toLowerCase()}`} className={styles.bar}>
      {children}
      {filtered && (
        <Button kind="quiet" small onClick={onClear}>
          Show all
        </Button>
      )}
    </div>
  )
}
