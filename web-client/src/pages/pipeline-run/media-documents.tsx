import { formatDuration } from '../../lib/format'
import styles from './media-documents.module.css'
import type { FileRunData } from './pipeline-run-queries'

/** The files that the apps open. */
export function MediaDocuments({ file }: { file: FileRunData['mediaFile'] }) {
  return (
    <ul className={styles.documents}>
      {file.documents.map((document) => (
        <li key={document.location}>
          <code>{document.location}</code>
          <span>
            {[
              document.mime ?? document.type.toLowerCase(),
              document.durationSeconds !== null && formatDuration(document.durationSeconds),
            ]
              .filter(Boolean)
              .join(', ')}
          </span>
        </li>
      ))}
    </ul>
  )
}
