import { Link } from '@tanstack/react-router'
import type { Column } from '../../components/data-table'
import { Tag } from '../../components/tag'
import { Time } from '../../components/time'
import { bytes, duration } from '../../lib/words'
import { madeBy } from '../mmifs/made-by'
import { documentsInWords, lengthOf } from './document-words'
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

export const DOCUMENTS: MediaColumn = { header: 'Documents', cell: ({ documents }) => documentsInWords(documents) }

export const LENGTH: MediaColumn = {
  header: 'Length',
  end: true,
  narrow: true,
  cell: ({ documents }) => {
    const seconds = lengthOf(documents)
    return seconds === null ? <span className={styles.quiet}>–</span> : duration(seconds)
  },
}

export const SIZE: MediaColumn = {
  header: 'Size',
  spare: true,
  end: true,
  narrow: true,
  cell: ({ documents }) => {
    const size = documents.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
    return size === 0 ? <span className={styles.quiet}>–</span> : bytes(size)
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
          {madeBy(mmif)}
        </Link>{' '}
        <span className={styles.quiet}>
          <Time at={mmif.createdAt} />
        </span>
      </span>
    ) : (
      <span className={styles.quiet}>none yet</span>
    ),
}

export const ADDED: MediaColumn = {
  header: 'Added',
  sort: { by: 'CREATED', descending: true },
  spare: true,
  narrow: true,
  cell: ({ createdAt }) => <Time at={createdAt} />,
}
