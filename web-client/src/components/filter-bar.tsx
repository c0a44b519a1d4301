import type { ReactNode } from 'react'
import { Button } from './button'
import styles from './filter-bar.module.css'

interface FilterBarProps {
  /** Name of the list, e.g. "Batches". */
  label: string
  /** A filter is set. */
  filtered: boolean
  onClear: () => void
  /** A SearchField and Facets. */
  children: ReactNode
}

/** The filters of a list. */
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
