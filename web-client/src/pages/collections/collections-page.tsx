import { Link } from '@tanstack/react-router'
import { FolderClosed, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Button } from '../../components/button'
import type { Column } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { FilterBar } from '../../components/filter-bar'
import { ListPanel } from '../../components/list-panel'
import { Page } from '../../components/page'
import { DateRangeFacet } from '../../components/date-range-facet'
import { SearchField } from '../../components/search-field'
import { RelativeTime } from '../../components/relative-time'
import { timeRange } from '../../lib/date-range'
import { graphql, type ResultOf } from '../../lib/graphql'
import { useListQuery } from '../../lib/list-query'
import { updateListSearch, isFiltered } from '../../lib/list-search'
import { formatCount } from '../../lib/format'
import { CollectionBulkActions } from './collection-bulk-actions'
import { CollectionForm } from './collection-form'
import styles from './collections-page.module.css'
import { collectionsRoute, type CollectionsSearch } from './route'

const Collections = graphql(`
  query Collections(
    $first: Int, $after: String, $last: Int, $before: String,
    $filter: CollectionFilter, $sort: CollectionSort!, $descending: Boolean!
  ) {
    collections(
      first: $first, after: $after, last: $last, before: $before,
      filter: $filter, sort: $sort, descending: $descending
    ) {
      nodes { id name description mediaFileCount createdAt }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount { count exact }
    }
  }
`)

type Collection = ResultOf<typeof Collections>['collections']['nodes'][number]
type Sort = NonNullable<CollectionsSearch['sort']>

const COLUMNS: Column<Collection, Sort>[] = [
  {
    header: 'Name',
    sort: { by: 'NAME', descending: false },
    cell: ({ id, name, description }) => (
      <div className={styles.name}>
        <Link to="/collections/$collectionId" params={{ collectionId: id }}>
          {name}
        </Link>
        {description !== null && <small>{description}</small>}
      </div>
    ),
  },
  { header: 'Media files', end: true, narrow: true, cell: ({ mediaFileCount }) => formatCount(mediaFileCount) },
  {
    header: 'Created',
    sort: { by: 'CREATED', descending: true },
    narrow: true,
    cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
  },
]

export function CollectionsPage() {
  const search = collectionsRoute.useSearch()
  const navigate = collectionsRoute.useNavigate()
  const [adding, setAdding] = useState(false)
  const change = (part: Partial<CollectionsSearch>) => void navigate({ search: (current) => updateListSearch(current, part) })
  const filter = useMemo(() => ({ text: search.text ?? null, created: timeRange(search) }), [search])
  const list = useListQuery({ query: Collections, search, filter, defaultSort: 'NAME', descendingSorts: ['CREATED'] })
  const { refetch, selecting } = list
  return (
    <Page
      title="Collections"
      about="Groups of media files. A media file can be in several collections."
      actions={
        <Button kind="primary" icon={<Plus aria-hidden size={17} />} onClick={() => setAdding(true)}>
          New collection
        </Button>
      }
    >
      <ListPanel
        list={list}
        connection={({ collections }) => collections}
        label="Collections"
        noun="collection"
        search={search}
        filters={
          <FilterBar
            label="Collections"
            filtered={isFiltered(search)}
            onClear={() => change({ text: undefined, from: undefined, to: undefined })}
          >
            <SearchField
              label="Search by name or description"
              value={search.text ?? ''}
              onSearch={(text) => change({ text: text || undefined })}
            />
            <DateRangeFacet label="Created" days={search} onChoose={({ from, to }) => change({ from, to })} />
          </FilterBar>
        }
        columns={COLUMNS}
        rowKey={({ id }) => id}
        rowName={({ name }) => name}
        onPageChange={change}
        bulkActions={<CollectionBulkActions selecting={selecting} filter={filter} onDone={refetch} />}
        empty={
          <EmptyState
            icon={<FolderClosed size={26} />}
            title="No collections yet"
            actions={
              <Button kind="primary" onClick={() => setAdding(true)}>
                Create collection
              </Button>
            }
          >
            A collection groups media files that belong together. An import can create collections too.
          </EmptyState>
        }
      />
      {adding && (
        <CollectionForm
          onClose={() => setAdding(false)}
          onDone={(id) => void navigate({ to: '/collections/$collectionId', params: { collectionId: id } })}
        />
      )}
    </Page>
  )
}
