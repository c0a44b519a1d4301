import { Play } from 'lucide-react'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { DataTable } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { LinkButton } from '../../components/link-button'
import { NoMatches } from '../../components/no-matches'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { timeRange } from '../../lib/date-range'
import { graphql } from '../../lib/graphql'
import { updateListSearch, isFiltered } from '../../lib/list-search'
import { useLiveRuns } from '../../lib/live-runs'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { useSelection } from '../../lib/selection'
import { runsRoute, type RunsSearch } from './route'
import { RunBulk } from './run-bulk'
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
  const change = (part: Partial<RunsSearch>) => void navigate({ search: (now) => updateListSearch(now, part) })
  const filter = useMemo(() => filterOf(search), [search])
  const { sort = 'CREATED', descending = true } = search
  const [result, ask] = useQuery({ query: Runs, variables: { ...pageVariables(search), filter, sort, descending } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  const active = useLiveRuns()
  useRefetchOnChange(active.refetchKey, refetch)
  const selecting = useSelection(JSON.stringify(filter))
  const { staleSince } = active
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
    <Page title="Batch runs" about="Each start of a batch on a pipeline.">
      <Panel flush>
        <RunFilters search={search} onChange={change} />
        <QueryResult result={result} label="Batch runs" onRetry={refetch}>
          {({ batchRuns: { nodes, ...page } }, fetching) => (
            <DataTable
              label="Batch runs"
              columns={shown}
              page={{ rows: nodes.map(active.newest), ...page }}
              rowKey={({ id }) => id}
              rowName={({ batch, id }) => `${batch.name}, ${id}`}
              sort={sort}
              descending={descending}
              onPageChange={change}
              selecting={selecting}
              bulkActions={<RunBulk selecting={selecting} filter={filter} onDone={refetch} />}
              fetching={fetching}
              empty={
                isFiltered(search) ? (
                  <NoMatches noun="batch run" />
                ) : (
                  <EmptyState
                    icon={<Play size={26} />}
                    title="Nothing was started yet"
                    actions={<LinkButton to="/batches">To the batches</LinkButton>}
                  >
                    Start a batch on a pipeline, and what becomes of its files is told here.
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
