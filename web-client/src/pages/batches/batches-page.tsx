import { Link } from '@tanstack/react-router'
import { Layers, Plus } from 'lucide-react'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { DataTable, type Column } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { LinkButton } from '../../components/link-button'
import { NoMatches } from '../../components/no-matches'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { RelativeTime } from '../../components/relative-time'
import { RunState, useLiveRuns } from '../../lib/live-runs'
import { graphql, type ResultOf } from '../../lib/graphql'
import { updateListSearch, isFiltered } from '../../lib/list-search'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { useSelection } from '../../lib/selection'
import { formatCount } from '../../lib/format'
import { BatchBulk } from './batch-bulk'
import { batchFilter } from './batch-filter'
import { BatchFilters } from './batch-filters'
import { BatchProgress } from './batch-progress'
import styles from './batches-page.module.css'
import { batchesRoute, type BatchesSearch } from './route'

const Batches = graphql(
  `
    query Batches(
      $first: Int, $after: String, $last: Int, $before: String,
      $filter: BatchFilter, $sort: BatchSort!, $descending: Boolean!
    ) {
      batches(
        first: $first, after: $after, last: $last, before: $before,
        filter: $filter, sort: $sort, descending: $descending
      ) {
        nodes {
          id
          name
          description
          mediaFileCount
          createdAt
          percentFinished
          percentSuccessful
          pipeline { id name }
          lastRun { ...RunState }
        }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount { count exact }
      }
    }
  `,
  [RunState],
)

type Batch = ResultOf<typeof Batches>['batches']['nodes'][number]
type Sort = NonNullable<BatchesSearch['sort']>

export function BatchesPage() {
  const search = batchesRoute.useSearch()
  const navigate = batchesRoute.useNavigate()
  const change = (part: Partial<BatchesSearch>) => void navigate({ search: (now) => updateListSearch(now, part) })
  const filter = useMemo(() => batchFilter(search), [search])
  const sort = search.sort ?? 'CREATED'
  const descending = search.descending ?? sort === 'CREATED'
  const [result, ask] = useQuery({ query: Batches, variables: { ...pageVariables(search), filter, sort, descending } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  const active = useLiveRuns()
  useRefetchOnChange(active.refetchKey, refetch)
  const selecting = useSelection(JSON.stringify(filter))
  const columns = useMemo(() => columnsWith(active), [active])
  return (
    <Page
      title="Batches"
      about="Media files that are run together."
      actions={
        <LinkButton kind="primary" icon={<Plus aria-hidden size={17} />} to="/batches/new">
          New batch
        </LinkButton>
      }
    >
      <Panel flush>
        <BatchFilters search={search} onChange={change} />
        <QueryResult result={result} label="Batches" onRetry={refetch}>
          {({ batches: { nodes, ...page } }, fetching) => (
            <DataTable<Batch, Sort>
              label="Batches"
              columns={columns}
              page={{ rows: nodes, ...page }}
              rowKey={(batch) => batch.id}
              rowName={(batch) => batch.name}
              sort={sort}
              descending={descending}
              onPageChange={change}
              selecting={selecting}
              bulkActions={<BatchBulk selecting={selecting} filter={filter} onDone={refetch} />}
              fetching={fetching}
              empty={
                isFiltered(search) ? (
                  <NoMatches noun="batch" />
                ) : (
                  <EmptyState
                    icon={<Layers size={26} />}
                    title="No batches yet"
                    actions={
                      <LinkButton kind="primary" to="/batches/new">
                        Make the first one
                      </LinkButton>
                    }
                  >
                    A batch is a set of media files that go through a pipeline together. Paste their GUIDs, or take
                    whole collections.
                  </EmptyState>
                )
              }
            />
          )}
        </QueryResult>
      </Panel>
    </Page>
  )
}

function columnsWith({ newest, newestOfBatch: newestOfBatch, staleSince }: ReturnType<typeof useLiveRuns>): Column<Batch, Sort>[] {
  return [
    {
      header: 'Name',
      sort: { by: 'NAME', descending: false },
      cell: (batch) => (
        <div className={styles.name}>
          <Link to="/batches/$batchId" params={{ batchId: batch.id }}>
            {batch.name}
          </Link>
          {batch.description !== null && <small>{batch.description}</small>}
        </div>
      ),
    },
    { header: 'Pipeline', cell: (batch) => batch.pipeline?.name ?? <span className={styles.none}>none yet</span> },
    {
      header: 'Files',
      sort: { by: 'SIZE', descending: true },
      end: true,
      narrow: true,
      cell: (batch) => formatCount(batch.mediaFileCount),
    },
    {
      header: 'Newest run',
      narrow: true,
      cell: (batch) => (
        <BatchProgress
          {...batch}
          run={newestOfBatch(batch.id) ?? (batch.lastRun && newest(batch.lastRun))}
          staleSince={staleSince}
        />
      ),
    },
    {
      header: 'Made',
      sort: { by: 'CREATED', descending: true },
      narrow: true,
      cell: (batch) => <RelativeTime at={batch.createdAt} />,
    },
  ]
}
