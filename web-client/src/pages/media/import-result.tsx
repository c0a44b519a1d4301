import { Link } from '@tanstack/react-router'
import { formatCount, pluralize } from '../../lib/format'
import type { BadRow, ImportResult } from './import-media'
import styles from './import-page.module.css'

interface ImportResultPanelProps {
  result: ImportResult
  badRows: BadRow[]
}

const SHOWN = 200

/** What became of the rows: how many were taken, and which could not be. */
export function ImportResultPanel({ result, badRows }: ImportResultPanelProps) {
  return (
    <div className={styles.result}>
      <p className={result.kept ? styles.good : styles.wrong}>{headline(result)}</p>
      {result.kept && <p>{details(result)}</p>}
      {badRows.length > 0 && (
        <div className={styles.bad}>
          <table>
            <caption>{pluralize(result.badRows, 'row')} could not be taken</caption>
            <thead>
              <tr>
                <th>Line</th>
                <th>GUID</th>
                <th>What is wrong</th>
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
          {result.badRows > SHOWN && <p className={styles.quiet}>The first {SHOWN} are shown.</p>}
        </div>
      )}
      {result.ignoredColumns.length > 0 && <p>Ignored columns: {result.ignoredColumns.join('; ')}</p>}
      {result.collectionsCreated.length > 0 && (
        <p>
          New collections: {result.collectionsCreated.join(', ')}. <Link to="/collections">To the collections</Link>
        </p>
      )}
    </div>
  )
}

function headline({ kept, added, badRows }: ImportResult): string {
  if (!kept) return `Nothing was kept: ${pluralize(badRows, 'row')} could not be taken.`
  return added === 0 ? 'No media file is new.' : `${pluralize(added, 'media file is new', 'media files are new')}.`
}

function details({ rows, updated, unchanged, addedToCollections }: ImportResult): string {
  const parts = [
    `${pluralize(rows, 'row')} read`,
    updated > 0 && `${pluralize(updated, 'media file')} changed`,
    unchanged > 0 && `${pluralize(unchanged, 'media file was', 'media files were')} there already`,
    addedToCollections > 0 && `${pluralize(addedToCollections, 'place')} in collections`,
  ]
  return `${parts.filter((part) => part !== false).join(', ')}.`
}
