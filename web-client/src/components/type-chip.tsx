import type { ReactNode } from 'react'
import styles from './type-chip.module.css'

interface TypeChipProps {
  /** Short names; one of them will do. */
  names: readonly string[]
  /** Where it comes from. */
  from?: string | undefined
  missing?: boolean
}

/** A type of documents or annotations. */
export function TypeChip({ names, from, missing = false }: TypeChipProps) {
  return (
    <li className={missing ? `${styles.chip ?? ''} ${styles.missing ?? ''}` : styles.chip}>
      {names.map(shortType).join(' or ')}
      {from !== undefined && <small>{from}</small>}
    </li>
  )
}

export function TypeChips({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul aria-label={label} className={styles.chips}>
      {children}
    </ul>
  )
}

/** A type of a vocabulary that Chowda has no short name for is known by its address. */
function shortType(name: string): string {
  return name.replace(/^https?:\/\/[^#?]*\//, '')
}
