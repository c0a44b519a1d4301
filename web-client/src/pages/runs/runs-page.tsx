import { Play } from 'lucide-react'
import { useMemo } from 'react'
import { EmptyState } from '../../components/empty-state'
import { LinkButton } from '../../components/link-button'
import { ListPanel } from '../../components/list-panel'
import { Page } from '../../components/page'
import { timeRange } from '../../lib/date-range'
import { graphql } from '../../lib/graphql'
import { useListQuery } from '../../lib/list-query'
import { updateListSearch } from '../../lib/list-search'
import { useLiveRuns } from '../../lib/live-runs'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { RUN_SORTS, runsRoute, type RunsSearch } from './route'
import { RunBulkActions } from './run-bulk-actions'
import * as columns from './run-columns'
import { RunFields } from './run-fields'
import { RunFilters } from './run-filters'

const Runs = graphql(
  `
    query BatchRuns(
      $first: Int, $after: String, $last: Int, $before: String,
      $filter: BatchRunFilter, $sort: BatchRunSort!, $descending: Boolean!
    ) {
      batchRuns(
        first: $first, after: $after, last: $last, before: $before,
        filter: $filter, sort: $sort, descending: $descending
      ) {
        nodes { ...RunFields }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount { count exact }
      }
    }
  `,
  [RunFields],
)

export function RunsPage() {
  const search = runsRoute.useSearch()
  const navigate = runsRoute.useNavigate()
  const change = (part: Partial<RunsSearch>) => void navigate({ search: (current) => updateListSearch(current, part) })
  const filter = useMemo(() => filterOf(search), [search])
  const list = useListQuery({ query: Runs, search, filter, defaultSort: 'CREATED', descendingSorts: RUN_SORTS })
  const { refetch, selecting } = list
  const liveRuns = useLiveRuns()
  useRefetchOnChange(liveRuns.refetchKey, refetch)
  const { staleSince } = liveRuns
  const shown = useMemo(
    () => [
      columns.BATCH,
      columns.PIPELINE,
      columns.progress(staleSince),
      columns.FILES,
      columns.FAILED,
      columns.took(staleSince),
      columns.STARTED,
    ],
    [staleSince],
  )
  return (
    <Page title="Batch runs" about="Every run of a batch on a pipeline.">
      <ListPanel
        list={list}
        connection={({ batchRuns }) => ({ ...batchRuns, nodes: batchRuns.nodes.map(liveRuns.newest) })}
        label="Batch runs"
        noun="batch run"
        search={search}
        filters={<RunFilters search={search} onChange={change} />}
        columns={shown}
        rowKey={({ id }) => id}
        rowName={({ batch, id }) => `${batch.name}, ${id}`}
        onPageChange={change}
        bulkActions={<RunBulkActions selecting={selecting} filter={filter} onDone={refetch} />}
        empty={
          <EmptyState
            icon={<Play size={26} />}
            title="No batch runs yet"
            actions={<LinkButton to="/batches">View batches</LinkButton>}
          >
            Start a batch on a pipeline to see its run here.
          </EmptyState>
        }
      />
    </Page>
  )
}

function filterOf({ text, status, pipeline, app, collection, from, to }: RunsSearch) {
  return {
    text: text ?? null,
    status: status ?? null,
    pipelines: pipeline === undefined ? null : [pipeline],
    apps: app === undefined ? null : [app],
    collections: collection === undefined ? null : [collection],
    created: timeRange({ from, to }),
  }
}
