import { Play } from 'lucide-react'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { DataTable } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { Fetched } from '../../components/fetched'
import { LinkButton } from '../../components/link-button'
import { NothingFound } from '../../components/nothing-found'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { periodOf } from '../../lib/days'
import { graphql } from '../../lib/graphql'
import { changed, isFiltered } from '../../lib/list-search'
import { useNewestRuns } from '../../lib/newest-runs'
import { pageVariables } from '../../lib/paging'
import { useReread } from '../../lib/reread'
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
  const change = (part: Partial<RunsSearch>) => void navigate({ search: (now) => changed(now, part) })
  const filter = useMemo(() => filterOf(search), [search])
  const { sort = 'CREATED', descending = true } = search
  const [result, ask] = useQuery({ query: Runs, variables: { ...pageVariables(search), filter, sort, descending } })
  const reread = () => ask({ requestPolicy: 'network-only' })
  const active = useNewestRuns()
  useReread(active.which, reread)
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
        <Fetched result={result} label="Batch runs" onRetry={reread}>
          {({ batchRuns: { nodes, ...page } }, fetching) => (
            <DataTable
              label="Batch runs"
              columns={shown}
              page={{ rows: nodes.map(active.newest), ...page }}
              rowKey={({ id }) => id}
              rowName={({ batch, id }) => `${batch.name}, ${id}`}
              sort={sort}
              descending={descending}
              onTurn={change}
              selecting={selecting}
              bulkActions={<RunBulk selecting={selecting} filter={filter} onDone={reread} />}
              fetching={fetching}
              empty={
                isFiltered(search) ? (
                  <NothingFound noun="batch run" />
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
        </Fetched>
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
    created: periodOf({ from, to }),
  }
}
