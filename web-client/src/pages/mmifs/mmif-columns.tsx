import { Link } from '@tanstack/react-router'
import type { Column } from '../../components/data-table'
import { BatchRunLink } from '../../components/run-link'
import { RelativeTime } from '../../components/relative-time'
import { formatBytes } from '../../lib/format'
import { originLabel } from './mmif-origin'
import styles from './mmif-columns.module.css'
import type { MmifRow } from './mmif-fields'
import { parametersText } from './parameter-text'

type Sort = 'CREATED' | 'SIZE'

export const GUID: Column<MmifRow, Sort> = {
  header: 'Media file',
  cell: (mmif) => (
    <Link to="/media/$guid" params={{ guid: mmif.mediaFile.guid }} className={styles.guid}>
      {mmif.mediaFile.guid}
    </Link>
  ),
}

/** The app and the parameters that created the MMIF, with a link to it. */
export const ORIGIN: Column<MmifRow, Sort> = {
  header: 'MMIF',
  cell: (mmif) => (
    <div className={styles.origin}>
      <Link to="/mmifs/$mmifId" params={{ mmifId: mmif.id }}>
        {originLabel(mmif)}
      </Link>
      {mmif.step && <small>{parametersText(mmif.step.parameters)}</small>}
    </div>
  ),
}

export const RUN: Column<MmifRow, Sort> = {
  header: 'Batch run',
  cell: (mmif) =>
    mmif.step && (
      <BatchRunLink id={mmif.step.pipelineRun.batchRun.id}>{mmif.step.pipelineRun.batchRun.batch.name}</BatchRunLink>
    ),
}

export const SIZE: Column<MmifRow, Sort> = {
  header: 'Size',
  sort: { by: 'SIZE', descending: true },
  end: true,
  narrow: true,
  cell: (mmif) => formatBytes(mmif.size),
}

export const CREATED: Column<MmifRow, Sort> = {
  header: 'Created',
  sort: { by: 'CREATED', descending: true },
  narrow: true,
  cell: (mmif) => <RelativeTime at={mmif.createdAt} />,
}
