import { formatBytes, formatDuration } from '../../lib/format'
import { TYPE_LABELS } from './document-labels'
import styles from './documents.module.css'
import type { MediaFileDetails } from './media-file-query'

/** The documents of a media file. */
export function Documents({ documents }: { documents: MediaFileDetails['documents'] }) {
  return (
    <div className={styles.scroll}>
      <table className={styles.documents}>
        <thead>
          <tr>
            <th>Type</th>
            <th>Location</th>
            <th>MIME type</th>
            <th>Length</th>
            <th>Size</th>
          </tr>
        </thead>
        <tbody>
          {documents.map((document) => (
            <tr key={`${document.type} ${document.location}`}>
              <td>{TYPE_LABELS[document.type]}</td>
              <td className={styles.location}>
                <code>{document.location}</code>
                {document.checksum !== null && <small>{document.checksum}</small>}
              </td>
              <td>{document.mime ?? '–'}</td>
              <td>{document.durationSeconds === null ? '–' : formatDuration(document.durationSeconds)}</td>
              <td>{document.sizeBytes === null ? '–' : formatBytes(document.sizeBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
