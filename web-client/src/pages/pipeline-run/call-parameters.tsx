import type { Json } from '../../lib/graphql'
import { valueText } from '../mmifs/parameter-text'
import styles from './call-parameters.module.css'

/** The parameters of the app calls. */
export function CallParameters({ parameters }: { parameters: Json }) {
  const entries = typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters) ? Object.entries(parameters) : []
  if (entries.length === 0) return <p className={styles.none}>No parameters. The app’s defaults apply.</p>
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
