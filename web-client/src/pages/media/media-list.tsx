import { useMemo, type ReactNode } from 'react'
import { ListPanel } from '../../components/list-panel'
import { useListQuery } from '../../lib/list-query'
import { updateListSearch } from '../../lib/list-search'
import { MediaBulkActions } from './media-bulk-actions'
import * as columns from './media-columns'
import { MediaFiles } from './media-files-query'
import { MediaFilters } from './media-filters'
import { mediaFilter, type MediaSearch } from './media-search'

interface MediaListProps {
  search: MediaSearch
  onSearch: (change: (search: MediaSearch) => MediaSearch) => void
  /** The ID of a collection. Only its media files are listed. */
  collection?: string
  /** Shown if there are no media files and no filter. */
  empty: ReactNode
}

const COLUMNS = [
  columns.GUID,
  columns.DOCUMENTS,
  columns.LENGTH,
  columns.SIZE,
  columns.COLLECTIONS,
  columns.NEWEST_MMIF,
  columns.ADDED,
]

const IN_COLLECTION = COLUMNS.filter((column) => column !== columns.COLLECTIONS)

/** The list of media files, with filters, sorting and selection across pages. */
export function MediaList({ search, onSearch, collection, empty }: MediaListProps) {
  const change = (part: Partial<MediaSearch>) => onSearch((current) => updateListSearch(current, part))
  const filter = useMemo(
    () => mediaFilter(collection === undefined ? search : { ...search, collection }),
    [search, collection],
  )
  const list = useListQuery({ query: MediaFiles, search, filter, defaultSort: 'CREATED', descendingSorts: ['CREATED'] })
  const { refetch, selecting } = list
  return (
    <ListPanel
      list={list}
      connection={({ mediaFiles }) => mediaFiles}
      label="Media files"
      noun="media file"
      search={search}
      filters={<MediaFilters search={search} onChange={change} inCollection={collection !== undefined} />}
      columns={collection === undefined ? COLUMNS : IN_COLLECTION}
      rowKey={({ guid }) => guid}
      rowName={({ guid }) => guid}
      onPageChange={change}
      bulkActions={
        <MediaBulkActions
          selecting={selecting}
          filter={filter}
          collection={collection ?? search.collection}
          onDone={refetch}
        />
      }
      empty={empty}
    />
  )
}
