import { Panel } from '../../components/panel'
import { valueText } from '../../components/parameters/parameter'
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
        {changes.map(({ path, old, now }) => (
          <tr key={path.join('/')}>
            <th scope="row">{path.join(' › ')}</th>
            <td>{valueOrNone(old)}</td>
            <td>{valueOrNone(now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function valueOrNone(value: Json | undefined) {
  return value === undefined ? <em>none</em> : valueText(value)
}
