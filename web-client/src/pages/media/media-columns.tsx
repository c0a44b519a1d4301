import { Link } from '@tanstack/react-router'
import type { Column } from '../../components/data-table'
import { Tag } from '../../components/tag'
import { RelativeTime } from '../../components/relative-time'
import { formatBytes, formatDuration } from '../../lib/format'
import { originLabel } from '../mmifs/mmif-origin'
import { documentsLabel, longestDuration } from './document-labels'
import styles from './media-columns.module.css'
import type { MediaFileRow } from './media-fields'

type Sort = 'CREATED' | 'GUID'
type MediaColumn = Column<MediaFileRow, Sort>

export const GUID: MediaColumn = {
  header: 'GUID',
  sort: { by: 'GUID', descending: false },
  cell: ({ guid }) => (
    <Link to="/media/$guid" params={{ guid }} className={styles.guid}>
      {guid}
    </Link>
  ),
}

export const DOCUMENTS: MediaColumn = { header: 'Documents', cell: ({ documents }) => documentsLabel(documents) }

export const LENGTH: MediaColumn = {
  header: 'Length',
  end: true,
  narrow: true,
  cell: ({ documents }) => {
    const seconds = longestDuration(documents)
    return seconds === null ? <span className={styles.quiet}>–</span> : formatDuration(seconds)
  },
}

export const SIZE: MediaColumn = {
  header: 'Size',
  spare: true,
  end: true,
  narrow: true,
  cell: ({ documents }) => {
    const size = documents.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
    return size === 0 ? <span className={styles.quiet}>–</span> : formatBytes(size)
  },
}

export const COLLECTIONS: MediaColumn = {
  header: 'Collections',
  cell: ({ collections }) => (
    <div className={styles.tags}>
      {collections.map(({ id, name }) => (
        <Tag key={id}>{name}</Tag>
      ))}
    </div>
  ),
}

export const NEWEST_MMIF: MediaColumn = {
  header: 'Newest MMIF',
  cell: ({ newestMmif: mmif }) =>
    mmif ? (
      <span className={styles.mmif}>
        <Link to="/mmifs/$mmifId" params={{ mmifId: mmif.id }}>
          {originLabel(mmif)}
        </Link>{' '}
        <span className={styles.quiet}>
          <RelativeTime at={mmif.createdAt} />
        </span>
      </span>
    ) : (
      <span className={styles.quiet}>none</span>
    ),
}

export const ADDED: MediaColumn = {
  header: 'Added',
  sort: { by: 'CREATED', descending: true },
  spare: true,
  narrow: true,
  cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
}
