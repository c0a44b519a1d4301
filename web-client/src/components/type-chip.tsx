import type { ReactNode } from 'react'
import styles from './type-chip.module.css'

interface TypeChipProps {
  /** Short names; any one of them is enough. */
  names: readonly string[]
  /** The source of the type. */
  from?: string | undefined
  missing?: boolean
}

/** A document or annotation type. */
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

/** The last part of the URI, for a type that Chowda has no short name for. */
function shortType(name: string): string {
  return name.replace(/^https?:\/\/[^#?]*\//, '')
}
