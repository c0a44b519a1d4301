import { useMemo, type ReactNode } from 'react'
import { useQuery } from 'urql'
import { DataTable } from '../../components/data-table'
import { QueryResult } from '../../components/query-result'
import { NoMatches } from '../../components/no-matches'
import { Panel } from '../../components/panel'
import { updateListSearch, isFiltered } from '../../lib/list-search'
import { pageVariables } from '../../lib/pagination'
import { useSelection } from '../../lib/selection'
import { MediaBulk } from './media-bulk'
import * as columns from './media-columns'
import { MediaFiles } from './media-files-query'
import { MediaFilters } from './media-filters'
import { mediaFilter, type MediaSearch } from './media-search'

interface MediaListProps {
  search: MediaSearch
  onSearch: (change: (search: MediaSearch) => MediaSearch) => void
  /** Those of this collection alone; its ID. */
  collection?: string
  /** There are none at all. */
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

/** Media files: filtered, sorted, chosen from over pages. */
export function MediaList({ search, onSearch, collection, empty }: MediaListProps) {
  const change = (part: Partial<MediaSearch>) => onSearch((now) => updateListSearch(now, part))
  const filter = useMemo(
    () => mediaFilter(collection === undefined ? search : { ...search, collection }),
    [search, collection],
  )
  const sort = search.sort ?? 'CREATED'
  const descending = search.descending ?? sort === 'CREATED'
  const [result, ask] = useQuery({
    query: MediaFiles,
    variables: { ...pageVariables(search), filter, sort, descending },
  })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  const selecting = useSelection(JSON.stringify(filter))
  return (
    <Panel flush>
      <MediaFilters search={search} onChange={change} inCollection={collection !== undefined} />
      <QueryResult result={result} label="Media files" onRetry={refetch}>
        {({ mediaFiles: { nodes, ...page } }, fetching) => (
          <DataTable
            label="Media files"
            columns={collection === undefined ? COLUMNS : IN_COLLECTION}
            page={{ rows: nodes, ...page }}
            rowKey={({ guid }) => guid}
            rowName={({ guid }) => guid}
            sort={sort}
            descending={descending}
            onPageChange={change}
            selecting={selecting}
            bulkActions={
              <MediaBulk
                selecting={selecting}
                filter={filter}
                collection={collection ?? search.collection}
                onDone={refetch}
              />
            }
            fetching={fetching}
            empty={isFiltered(search) ? <NoMatches noun="media file" /> : empty}
          />
        )}
      </QueryResult>
    </Panel>
  )
}
