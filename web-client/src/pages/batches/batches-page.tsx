import { Link } from '@tanstack/react-router'
import { Layers, Plus } from 'lucide-react'
import { useMemo } from 'react'
import type { Column } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { LinkButton } from '../../components/link-button'
import { ListPanel } from '../../components/list-panel'
import { Page } from '../../components/page'
import { RelativeTime } from '../../components/relative-time'
import { useListQuery } from '../../lib/list-query'
import { RunState, useLiveRuns } from '../../lib/live-runs'
import { graphql, type ResultOf } from '../../lib/graphql'
import { updateListSearch } from '../../lib/list-search'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { formatCount } from '../../lib/format'
import { BatchBulkActions } from './batch-bulk-actions'
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
  const change = (part: Partial<BatchesSearch>) => void navigate({ search: (current) => updateListSearch(current, part) })
  const filter = useMemo(() => batchFilter(search), [search])
  const list = useListQuery({ query: Batches, search, filter, defaultSort: 'CREATED', descendingSorts: ['CREATED'] })
  const { refetch, selecting } = list
  const active = useLiveRuns()
  useRefetchOnChange(active.refetchKey, refetch)
  const columns = useMemo(() => columnsWith(active), [active])
  return (
    <Page
      title="Batches"
      about="Sets of media files that run through a pipeline together."
      actions={
        <LinkButton kind="primary" icon={<Plus aria-hidden size={17} />} to="/batches/new">
          New batch
        </LinkButton>
      }
    >
      <ListPanel
        list={list}
        connection={({ batches }) => batches}
        label="Batches"
        noun="batch"
        search={search}
        filters={<BatchFilters search={search} onChange={change} />}
        columns={columns}
        rowKey={(batch) => batch.id}
        rowName={(batch) => batch.name}
        onPageChange={change}
        bulkActions={<BatchBulkActions selecting={selecting} filter={filter} onDone={refetch} />}
        empty={
          <EmptyState
            icon={<Layers size={26} />}
            title="No batches yet"
            actions={
              <LinkButton kind="primary" to="/batches/new">
                Create batch
              </LinkButton>
            }
          >
            A batch is a set of media files that run through a pipeline together. Paste their GUIDs, or add
            collections.
          </EmptyState>
        }
      />
    </Page>
  )
}

function columnsWith({ newest, newestOfBatch, staleSince }: ReturnType<typeof useLiveRuns>): Column<Batch, Sort>[] {
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
    { header: 'Pipeline', cell: (batch) => batch.pipeline?.name ?? <span className={styles.none}>none</span> },
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
      header: 'Created',
      sort: { by: 'CREATED', descending: true },
      narrow: true,
      cell: (batch) => <RelativeTime at={batch.createdAt} />,
    },
  ]
}
