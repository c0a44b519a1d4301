import { Facet } from '../../components/facet'
import { FilterBar } from '../../components/filter-bar'
import { EntityPicker } from '../../components/entity-picker'
import { DateRangeFacet } from '../../components/date-range-facet'
import { SearchField } from '../../components/search-field'
import { STATUS_WORDS } from '../../components/status-chip'
import { isFiltered } from '../../lib/list-search'
import { RUN_STATUSES, type RunsSearch } from './route'

const STATUSES = RUN_STATUSES.map((value) => ({ value, label: STATUS_WORDS[value] }))

const NONE: RunsSearch = {
  text: undefined,
  status: undefined,
  pipeline: undefined,
  app: undefined,
  collection: undefined,
  from: undefined,
  to: undefined,
}

interface RunFiltersProps {
  search: RunsSearch
  onChange: (change: Partial<RunsSearch>) => void
}

export function RunFilters({ search, onChange }: RunFiltersProps) {
  return (
    <FilterBar label="Batch runs" filtered={isFiltered(search)} onClear={() => onChange(NONE)}>
      <SearchField
        label="Search by batch name"
        value={search.text ?? ''}
        onSearch={(text) => onChange({ text: text || undefined })}
      />
      <Facet
        label="Status"
        choices={STATUSES}
        chosen={search.status ?? []}
        onChoose={(status) => onChange({ status: status.length > 0 ? status : undefined })}
      />
      <EntityPicker
        kind="pipeline"
        label="Pipeline"
        chosen={search.pipeline ?? null}
        onChoose={(chosen) => onChange({ pipeline: chosen?.id })}
      />
      <EntityPicker
        kind="app"
        label="App"
        chosen={search.app ?? null}
        onChoose={(chosen) => onChange({ app: chosen?.id })}
      />
      <EntityPicker
        kind="collection"
        label="Contains files from"
        chosen={search.collection ?? null}
        onChoose={(chosen) => onChange({ collection: chosen?.id })}
      />
      <DateRangeFacet label="Started" days={search} onChoose={({ from, to }) => onChange({ from, to })} />
    </FilterBar>
  )
}
