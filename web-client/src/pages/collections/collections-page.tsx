import { Link } from '@tanstack/react-router'
import { FolderClosed, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { DataTable, type Column } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { Fetched } from '../../components/fetched'
import { FilterBar } from '../../components/filter-bar'
import { NothingFound } from '../../components/nothing-found'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { PeriodFacet } from '../../components/period-facet'
import { SearchField } from '../../components/search-field'
import { Time } from '../../components/time'
import { periodOf } from '../../lib/days'
import { graphql, type ResultOf } from '../../lib/graphql'
import { changed, isFiltered } from '../../lib/list-search'
import { pageVariables } from '../../lib/paging'
import { useSelection } from '../../lib/selection'
import { count } from '../../lib/words'
import { CollectionBulk } from './collection-bulk'
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
  { header: 'Media files', end: true, narrow: true, cell: ({ mediaFileCount }) => count(mediaFileCount) },
  {
    header: 'Made',
    sort: { by: 'CREATED', descending: true },
    narrow: true,
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
]

export function CollectionsPage() {
  const search = collectionsRoute.useSearch()
  const navigate = collectionsRoute.useNavigate()
  const [adding, setAdding] = useState(false)
  const change = (part: Partial<CollectionsSearch>) => void navigate({ search: (now) => changed(now, part) })
  const filter = useMemo(() => ({ text: search.text ?? null, created: periodOf(search) }), [search])
  const sort = search.sort ?? 'NAME'
  const descending = search.descending ?? sort === 'CREATED'
  const [result, ask] = useQuery({
    query: Collections,
    variables: { ...pageVariables(search), filter, sort, descending },
  })
  const reread = () => ask({ requestPolicy: 'network-only' })
  const selecting = useSelection(JSON.stringify(filter))
  return (
    <Page
      title="Collections"
      about="Media files that belong together; one may be in several."
      actions={
        <Button kind="primary" icon={<Plus aria-hidden size={17} />} onClick={() => setAdding(true)}>
          New collection
        </Button>
      }
    >
      <Panel flush>
        <FilterBar
          label="Collections"
          filtered={isFiltered(search)}
          onClear={() => change({ text: undefined, from: undefined, to: undefined })}
        >
          <SearchField
            label="A part of the name or description"
            value={search.text ?? ''}
            onSearch={(text) => change({ text: text || undefined })}
          />
          <PeriodFacet label="Made" days={search} onChoose={({ from, to }) => change({ from, to })} />
        </FilterBar>
        <Fetched result={result} label="Collections" onRetry={reread}>
          {({ collections: { nodes, ...page } }, fetching) => (
            <DataTable
              label="Collections"
              columns={COLUMNS}
              page={{ rows: nodes, ...page }}
              rowKey={({ id }) => id}
              rowName={({ name }) => name}
              sort={sort}
              descending={descending}
              onTurn={change}
              selecting={selecting}
              bulkActions={<CollectionBulk selecting={selecting} filter={filter} onDone={reread} />}
              fetching={fetching}
              empty={
                isFiltered(search) ? (
                  <NothingFound noun="collection" />
                ) : (
                  <EmptyState
                    icon={<FolderClosed size={26} />}
                    title="No collections yet"
                    actions={
                      <Button kind="primary" onClick={() => setAdding(true)}>
                        Make the first one
                      </Button>
                    }
                  >
                    A collection keeps media files together that come from one place. An import makes them, too.
                  </EmptyState>
                )
              }
            />
          )}
        </Fetched>
      </Panel>
      {adding && (
        <CollectionForm
          onClose={() => setAdding(false)}
          onDone={(id) => void navigate({ to: '/collections/$collectionId', params: { collectionId: id } })}
        />
      )}
    </Page>
  )
}
