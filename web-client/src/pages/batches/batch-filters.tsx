import { FilterBar } from '../../components/filter-bar'
import { NounPicker } from '../../components/noun-picker'
import { PeriodFacet } from '../../components/period-facet'
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
        label="A part of the name"
        value={search.text ?? ''}
        onSearch={(text) => onChange({ text: text || undefined })}
      />
      <NounPicker
        noun="pipeline"
        label="Pipeline"
        chosen={search.pipeline ?? null}
        onChoose={(pipeline) => onChange({ pipeline: pipeline?.id })}
      />
      <NounPicker
        noun="collection"
        label="Holds files of"
        chosen={search.collection ?? null}
        onChoose={(collection) => onChange({ collection: collection?.id })}
      />
      <PeriodFacet label="Made" days={search} onChoose={({ from, to }) => onChange({ from, to })} />
    </FilterBar>
  )
}
