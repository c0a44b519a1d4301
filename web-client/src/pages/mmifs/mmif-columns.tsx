import { Link } from '@tanstack/react-router'
import type { Column } from '../../components/data-table'
import { BatchRunLink } from '../../components/run-link'
import { Time } from '../../components/time'
import { bytes } from '../../lib/words'
import { madeBy } from './made-by'
import styles from './mmif-columns.module.css'
import type { MmifRow } from './mmif-fields'
import { parametersIn } from './parameters'

type Sort = 'CREATED' | 'SIZE'

export const GUID: Column<MmifRow, Sort> = {
  header: 'Media file',
  cell: (mmif) => (
    <Link to="/media/$guid" params={{ guid: mmif.mediaFile.guid }} className={styles.guid}>
      {mmif.mediaFile.guid}
    </Link>
  ),
}

/** Which app made it, with which parameters; a link to what it holds. */
export const MADE_BY: Column<MmifRow, Sort> = {
  header: 'MMIF',
  cell: (mmif) => (
    <div className={styles.made}>
      <Link to="/mmifs/$mmifId" params={{ mmifId: mmif.id }}>
        {madeBy(mmif)}
      </Link>
      {mmif.step && <small>{parametersIn(mmif.step.parameters)}</small>}
    </div>
  ),
}

export const RUN: Column<MmifRow, Sort> = {
  header: 'In the run of',
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
  cell: (mmif) => bytes(mmif.size),
}

export const MADE: Column<MmifRow, Sort> = {
  header: 'Made',
  sort: { by: 'CREATED', descending: true },
  narrow: true,
  cell: (mmif) => <Time at={mmif.createdAt} />,
}
