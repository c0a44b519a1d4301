import { Panel } from '../../components/panel'
import { valueWords } from '../../components/parameters/parameter'
import { RelativeTime } from '../../components/relative-time'
import type { Json } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import type { AppDetails } from './app-query'
import styles from './history-view.module.css'
import { diffJson, type Difference } from './json-diff'

type Metadata = AppDetails['history'][number]

/** The versions of an app's metadata, newest first, each with its differences from the one before. */
export function HistoryView({ history }: { history: Metadata[] }) {
  return history.map((entry, at) => {
    const before = history[at + 1]
    const changes = before ? diffJson(before.metadata, entry.metadata) : []
    return (
      <Panel
        key={entry.createdAt}
        title={`Metadata ${history.length - at}: ${entry.version ?? entry.identifier}`}
        beside={
          <span className={styles.when}>
            {at === 0 ? 'since ' : 'from '}
            <RelativeTime at={entry.createdAt} />
          </span>
        }
        flush
      >
        {before ? (
          <Changes changes={changes} />
        ) : (
          <p className={styles.quiet}>
            {history.length === 1 ? 'The metadata has not changed.' : 'First version.'}
          </p>
        )}
        <details className={styles.whole}>
          <summary>Complete metadata</summary>
          <pre tabIndex={0} role="region" aria-label={`Complete metadata ${history.length - at}`}>
            {JSON.stringify(entry.metadata, null, 2)}
          </pre>
        </details>
      </Panel>
    )
  })
}

function Changes({ changes }: { changes: Difference[] }) {
  return (
    <table className={styles.changes}>
      <caption>{pluralize(changes.length, 'difference')} from the previous version</caption>
      <thead>
        <tr>
          <th>Field</th>
          <th>Before</th>
          <th>After</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ place, old, now }) => (
          <tr key={place.join('/')}>
            <th scope="row">{place.join(' › ')}</th>
            <td>{words(old)}</td>
            <td>{words(now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function words(value: Json | undefined) {
  return value === undefined ? <em>none</em> : valueWords(value)
}
