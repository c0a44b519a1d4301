import type { ReactNode } from 'react'
import styles from './description-list.module.css'

export interface DescriptionItem {
  name: string
  value: ReactNode
}

/** What is known of something, side by side. */
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
