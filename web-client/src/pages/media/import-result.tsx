import { Link } from '@tanstack/react-router'
import { formatCount, pluralize } from '../../lib/format'
import type { BadRow, ImportResult } from './import-media'
import styles from './import-page.module.css'

interface ImportResultPanelProps {
  result: ImportResult
  badRows: BadRow[]
}

const SHOWN = 200

/** The result of an import: the number of imported rows, and the bad rows. */
export function ImportResultPanel({ result, badRows }: ImportResultPanelProps) {
  return (
    <div className={styles.result}>
      <p className={result.kept ? styles.good : styles.wrong}>{headline(result)}</p>
      {result.kept && <p>{details(result)}</p>}
      {badRows.length > 0 && (
        <div className={styles.bad}>
          <table>
            <caption>{pluralize(result.badRows, 'bad row')}</caption>
            <thead>
              <tr>
                <th>Line</th>
                <th>GUID</th>
                <th>Problem</th>
              </tr>
            </thead>
            <tbody>
              {badRows.slice(0, SHOWN).map((row) => (
                <tr key={row.line}>
                  <td>{formatCount(row.line)}</td>
                  <td>{row.guid === null ? '–' : <code>{row.guid}</code>}</td>
                  <td>{row.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {result.badRows > SHOWN && <p className={styles.quiet}>Only the first {SHOWN} are shown.</p>}
        </div>
      )}
      {result.ignoredColumns.length > 0 && <p>Ignored columns: {result.ignoredColumns.join('; ')}</p>}
      {result.collectionsCreated.length > 0 && (
        <p>
          New collections: {result.collectionsCreated.join(', ')}. <Link to="/collections">View collections</Link>
        </p>
      )}
    </div>
  )
}

function headline({ kept, added, badRows }: ImportResult): string {
  if (!kept) return `Nothing was imported: ${pluralize(badRows, 'bad row')}.`
  return added === 0 ? 'No media files added.' : `${pluralize(added, 'media file')} added.`
}

function details({ rows, updated, unchanged, addedToCollections }: ImportResult): string {
  const parts = [
    `${pluralize(rows, 'row')} read`,
    updated > 0 && `${pluralize(updated, 'media file')} updated`,
    unchanged > 0 && `${formatCount(unchanged)} unchanged`,
    addedToCollections > 0 && `${formatCount(addedToCollections)} added to collections`,
  ]
  return `${parts.filter((part) => part !== false).join(', ')}.`
}
