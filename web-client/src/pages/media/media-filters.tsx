import { Facet } from '../../components/facet'
import { FilterBar } from '../../components/filter-bar'
import { EntityPicker } from '../../components/entity-picker'
import { DateRangeFacet } from '../../components/date-range-facet'
import { SearchField } from '../../components/search-field'
import { isFiltered } from '../../lib/list-search'
import { TYPE_LABELS } from './document-labels'
import { DOCUMENT_TYPES, type MediaSearch } from './media-search'
import { OlderVersionField } from './older-version-field'

const TYPES = DOCUMENT_TYPES.map((value) => ({ value, label: TYPE_LABELS[value] }))

const NONE: MediaSearch = {
  text: undefined,
  type: undefined,
  collection: undefined,
  batch: undefined,
  without: undefined,
  olderThan: undefined,
  hasInput: undefined,
  from: undefined,
  to: undefined,
}

interface MediaFiltersProps {
  search: MediaSearch
  onChange: (change: Partial<MediaSearch>) => void
  /** Hides the filter by collection, because all media files are in one. */
  inCollection?: boolean
}

export function MediaFilters({ search, onChange, inCollection = false }: MediaFiltersProps) {
  const { without } = search
  return (
    <FilterBar label="Media files" filtered={isFiltered(search)} onClear={() => onChange(NONE)}>
      <SearchField
        label="Search by GUID"
        value={search.text ?? ''}
        onSearch={(text) => onChange({ text: text || undefined })}
      />
      <Facet
        label="Type"
        choices={TYPES}
        chosen={search.type ?? []}
        onChoose={(type) => onChange({ type: type.length > 0 ? type : undefined })}
      />
      {!inCollection && (
        <EntityPicker
          kind="collection"
          label="Collection"
          chosen={search.collection ?? null}
          onChoose={(chosen) => onChange({ collection: chosen?.id })}
        />
      )}
      <EntityPicker
        kind="batch"
        label="Batch"
        chosen={search.batch ?? null}
        onChoose={(chosen) => onChange({ batch: chosen?.id })}
      />
      <EntityPicker
        kind="app"
        label="Not yet processed by"
        chosen={without ?? null}
        onChoose={(chosen) => onChange({ without: chosen?.id, olderThan: undefined })}
      />
      {without !== undefined && (
        <OlderVersionField
          key={search.olderThan}
          version={search.olderThan ?? ''}
          onChange={(version) => onChange({ olderThan: version || undefined })}
        />
      )}
      <DateRangeFacet label="Added" days={search} onChoose={({ from, to }) => onChange({ from, to })} />
    </FilterBar>
  )
}
