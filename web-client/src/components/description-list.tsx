import type { ReactNode } from 'react'
import styles from './description-list.module.css'

export interface DescriptionItem {
  name: string
  value: ReactNode
}

/** Names and values, side by side. */
export function DescriptionList({ facts }: { facts: DescriptionItem[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
