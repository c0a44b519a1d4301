import { bytes, duration } from '../../lib/words'
import { TYPE_WORDS } from './document-words'
import styles from './documents.module.css'
import type { MediaFileDetails } from './media-file-query'

/** What a media file consists of. */
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
              <td>{TYPE_WORDS[document.type]}</td>
              <td className={styles.location}>
                <code>{document.location}</code>
                {document.checksum !== null && <small>{document.checksum}</small>}
              </td>
              <td>{document.mime ?? '–'}</td>
              <td>{document.durationSeconds === null ? '–' : duration(document.durationSeconds)}</td>
              <td>{document.sizeBytes === null ? '–' : bytes(document.sizeBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
