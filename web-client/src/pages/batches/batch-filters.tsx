import { FilterBar } from '../../components/filter-bar'
import { EntityPicker } from '../../components/entity-picker'
import { DateRangeFacet } from '../../components/date-range-facet'
import { SearchField } from '../../components/search-field'
import { isFiltered } from '../../lib/list-search'
import type { BatchesSearch } from './route'

interface BatchFiltersProps {
  search: BatchesSearch
  onChange: (change: Partial<BatchesSearch>) => void
}

export function BatchFilters({ search, onChange }: BatchFiltersProps) {
  return (
    <FilterBar
      label="Batches"
      filtered={isFiltered(search)}
      onClear={() =>
        onChange({ text: undefined, pipeline: undefined, collection: undefined, from: undefined, to: undefined })
      }
    >
      <SearchField
        label="Search by name"
        value={search.text ?? ''}
        onSearch={(text) => onChange({ text: text || undefined })}
      />
      <EntityPicker
        kind="pipeline"
        label="Pipeline"
        chosen={search.pipeline ?? null}
        onChoose={(pipeline) => onChange({ pipeline: pipeline?.id })}
      />
      <EntityPicker
        kind="collection"
        label="Contains files from"
        chosen={search.collection ?? null}
        onChoose={(collection) => onChange({ collection: collection?.id })}
      />
      <DateRangeFacet label="Created" days={search} onChoose={({ from, to }) => onChange({ from, to })} />
    </FilterBar>
  )
}
