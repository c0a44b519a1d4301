import { SearchField } from '../../components/search-field'
import { Select } from '../../components/select'
import { STATUS_WORDS } from '../../components/status-chip'
import { errorLabel } from '../../lib/error-label'
import { formatCount } from '../../lib/format'
import { FILE_STATUSES, type CellState, type FileStatus } from './cell-state'
import styles from './file-filter-bar.module.css'
import type { FilesStore } from './files-store'
import type { FileFilter } from './shown-files'
import { StateMark } from './state-mark'
import { useStoreVersion } from './use-store-version'

interface FileFilterBarProps {
  store: FilesStore
  filter: FileFilter
  onFilter: (filter: FileFilter) => void
}

const ANY = 'any'

const MARKS: Record<FileStatus, CellState> = {
  WAITING: 'waiting',
  RUNNING: 'running',
  FINISHED: 'finished',
  FAILED: 'failed',
  CANCELED: 'canceled',
}

/** Filters files by state, error and GUID. */
export function FileFilterBar({ store, filter, onFilter }: FileFilterBarProps) {
  useStoreVersion(store, 500)
  const toggle = (status: FileStatus) => {
    const chosen = filter.statuses.includes(status)
      ? filter.statuses.filter((each) => each !== status)
      : [...filter.statuses, status]
    onFilter({ ...filter, statuses: chosen, code: chosen.includes('FAILED') ? filter.code : undefined })
  }
  return (
    <div role="search" aria-label="Files" className={styles.bar}>
      <div role="group" aria-label="States" className={styles.states}>
        {FILE_STATUSES.map((status) => (
          <button
            key={status}
            type="button"
            aria-pressed={filter.statuses.includes(status)}
            className={styles.state}
            onClick={() => toggle(status)}
          >
            <StateMark state={MARKS[status]} />
            {status === 'CANCELED' ? 'Not run' : STATUS_WORDS[status]} <span className={styles.count}>{formatCount(store.counts.get(status) ?? 0)}</span>
          </button>
        ))}
      </div>
      {(store.codes.size > 0 || filter.code !== undefined) && (
        <Select
          label="Error"
          chosen={filter.code ?? ANY}
          onChoose={(code) =>
            onFilter(code === ANY ? { ...filter, code: undefined } : { ...filter, statuses: ['FAILED'], code })
          }
          choices={[
            { value: ANY, label: 'Any error' },
            ...[...store.codes].sort().map(([code, files]) => ({ value: code, label: `${errorLabel(code)} (${formatCount(files)})` })),
          ]}
        />
      )}
      <div className={styles.text}>
        <SearchField
          label="Search by GUID"
          value={filter.text ?? ''}
          onSearch={(text) => onFilter({ ...filter, text: text.trim() || undefined })}
        />
      </div>
    </div>
  )
}
