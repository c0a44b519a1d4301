import { useMemo, type ReactNode } from 'react'
import { useQuery } from 'urql'
import { DataTable } from '../../components/data-table'
import { Fetched } from '../../components/fetched'
import { NothingFound } from '../../components/nothing-found'
import { Panel } from '../../components/panel'
import { changed, isFiltered } from '../../lib/list-search'
import { pageVariables } from '../../lib/paging'
import { useSelection } from '../../lib/selection'
import { MediaBulk } from './media-bulk'
import * as columns from './media-columns'
import { MediaFiles } from './media-files'
import { MediaFilters } from './media-filters'
import { mediaFilterOf, type MediaSearch } from './media-search'

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
  const change = (part: Partial<MediaSearch>) => onSearch((now) => changed(now, part))
  const filter = useMemo(
    () => mediaFilterOf(collection === undefined ? search : { ...search, collection }),
    [search, collection],
  )
  const sort = search.sort ?? 'CREATED'
  const descending = search.descending ?? sort === 'CREATED'
  const [result, ask] = useQuery({
    query: MediaFiles,
    variables: { ...pageVariables(search), filter, sort, descending },
  })
  const reread = () => ask({ requestPolicy: 'network-only' })
  const selecting = useSelection(JSON.stringify(filter))
  return (
    <Panel flush>
      <MediaFilters search={search} onChange={change} inCollection={collection !== undefined} />
      <Fetched result={result} label="Media files" onRetry={reread}>
        {({ mediaFiles: { nodes, ...page } }, fetching) => (
          <DataTable
            label="Media files"
            columns={collection === undefined ? COLUMNS : IN_COLLECTION}
            page={{ rows: nodes, ...page }}
            rowKey={({ guid }) => guid}
            rowName={({ guid }) => guid}
            sort={sort}
            descending={descending}
            onTurn={change}
            selecting={selecting}
            bulkActions={
              <MediaBulk
                selecting={selecting}
                filter={filter}
                collection={collection ?? search.collection}
                onDone={reread}
              />
            }
            fetching={fetching}
            empty={isFiltered(search) ? <NothingFound noun="media file" /> : empty}
          />
        )}
      </Fetched>
    </Panel>
  )
}
