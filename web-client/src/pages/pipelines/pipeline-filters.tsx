import { FilterBar } from '../../components/filter-bar'
import { EntityPicker } from '../../components/entity-picker'
import { SearchField } from '../../components/search-field'
import { Select } from '../../components/select'
import { isFiltered } from '../../lib/list-search'
import type { PipelinesSearch } from './route'

interface PipelineFiltersProps {
  search: PipelinesSearch
  onChange: (change: Partial<PipelinesSearch>) => void
}

export function PipelineFilters({ search, onChange }: PipelineFiltersProps) {
  return (
    <FilterBar
      label="Pipelines"
      filtered={isFiltered(search)}
      onClear={() => onChange({ text: undefined, app: undefined, show: undefined })}
    >
      <SearchField
        label="Search by name or description"
        value={search.text ?? ''}
        onSearch={(text) => onChange({ text: text || undefined })}
      />
      <EntityPicker
        kind="app"
        label="App"
        chosen={search.app ?? null}
        onChoose={(app) => onChange({ app: app?.id })}
      />
      <Select
        label="Status"
        choices={[
          { value: 'active', label: 'Active' },
          { value: 'archived', label: 'Archived' },
          { value: 'all', label: 'Active and archived' },
        ]}
        chosen={search.show ?? 'active'}
        onChoose={(show) => onChange({ show: show === 'active' ? undefined : show })}
      />
    </FilterBar>
  )
}
