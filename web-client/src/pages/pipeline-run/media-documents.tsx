import { duration } from '../../lib/words'
import styles from './media-documents.module.css'
import type { FileRunData } from './operations'

/** What the apps open. */
export function MediaDocuments({ file }: { file: FileRunData['mediaFile'] }) {
  return (
    <ul className={styles.documents}>
      {file.documents.map((document) => (
        <li key={document.location}>
          <code>{document.location}</code>
          <span>
            {[
              document.mime ?? document.type.toLowerCase(),
              document.durationSeconds !== null && duration(document.durationSeconds),
            ]
              .filter(Boolean)
              .join(', ')}
          </span>
        </li>
      ))}
    </ul>
  )
}
