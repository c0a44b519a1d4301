import { Panel } from '../../components/panel'
import { valueWords } from '../../components/parameters/parameter'
import { RelativeTime } from '../../components/relative-time'
import type { Json } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import type { AppDetails } from './app-query'
import styles from './history-view.module.css'
import { diffJson, type Difference } from './json-diff'

type Said = AppDetails['history'][number]

/** All that an app said of itself, newest first, and what it said otherwise each time. */
export function HistoryView({ history }: { history: Said[] }) {
  return history.map((said, at) => {
    const before = history[at + 1]
    const changes = before ? diffJson(before.metadata, said.metadata) : []
    return (
      <Panel
        key={said.createdAt}
        title={`Description ${history.length - at}: ${said.version ?? said.identifier}`}
        beside={
          <span className={styles.when}>
            {at === 0 ? 'since ' : 'from '}
            <RelativeTime at={said.createdAt} />
          </span>
        }
        flush
      >
        {before ? (
          <Changes changes={changes} />
        ) : (
          <p className={styles.quiet}>
            {history.length === 1 ? 'It has said nothing else so far.' : 'What it said first.'}
          </p>
        )}
        <details className={styles.whole}>
          <summary>The whole description</summary>
          <pre tabIndex={0} role="region" aria-label={`The whole description ${history.length - at}`}>
            {JSON.stringify(said.metadata, null, 2)}
          </pre>
        </details>
      </Panel>
    )
  })
}

function Changes({ changes }: { changes: Difference[] }) {
  return (
    <table className={styles.changes}>
      <caption>{pluralize(changes.length, 'difference')} from the one before</caption>
      <thead>
        <tr>
          <th>What</th>
          <th>Before</th>
          <th>Now</th>
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
