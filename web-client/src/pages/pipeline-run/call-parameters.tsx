import type { Json } from '../../lib/graphql'
import { valueText } from '../mmifs/parameter-text'
import styles from './call-parameters.module.css'

/** What the app was called with. */
export function CallParameters({ given }: { given: Json }) {
  const entries = typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : []
  if (entries.length === 0) return <p className={styles.none}>No parameters: the app’s defaults.</p>
  return (
    <dl className={styles.parameters} aria-label="Parameters">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{valueText(value)}</dd>
        </div>
      ))}
    </dl>
  )
}
