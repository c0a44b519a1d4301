import { Link } from '@tanstack/react-router'
import { FileUp, Plus, Workflow } from 'lucide-react'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { DataTable, type Column } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { Fetched } from '../../components/fetched'
import { LinkButton } from '../../components/link-button'
import { NothingFound } from '../../components/nothing-found'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { StatusChip } from '../../components/status-chip'
import { Time } from '../../components/time'
import { RunState, useNewestRuns, type NewestRuns } from '../../lib/newest-runs'
import { graphql, type ResultOf } from '../../lib/graphql'
import { changed, isFiltered } from '../../lib/list-search'
import { pageVariables } from '../../lib/paging'
import { useReread } from '../../lib/reread'
import { useSelection } from '../../lib/selection'
import { PipelineBulk, type PipelineFilter } from './pipeline-bulk'
import { PipelineFilters } from './pipeline-filters'
import styles from './pipelines-page.module.css'
import { pipelinesRoute, type PipelinesSearch } from './route'

const Pipelines = graphql(
  `
    query Pipelines(
      $first: Int, $after: String, $last: Int, $before: String,
      $filter: PipelineFilter, $sort: PipelineSort!, $descending: Boolean!
    ) {
      pipelines(
        first: $first, after: $after, last: $last, before: $before,
        filter: $filter, sort: $sort, descending: $descending
      ) {
        nodes {
          id
          name
          description
          version
          archived
          createdAt
          steps { position app { id name } }
          lastRun { ...RunState }
        }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount { count exact }
      }
    }
  `,
  [RunState],
)

type Pipeline = ResultOf<typeof Pipelines>['pipelines']['nodes'][number]
type Sort = NonNullable<PipelinesSearch['sort']>

export function PipelinesPage() {
  const search = pipelinesRoute.useSearch()
  const navigate = pipelinesRoute.useNavigate()
  const change = (part: Partial<PipelinesSearch>) => void navigate({ search: (now) => changed(now, part) })
  const filter = useMemo(() => filterOf(search), [search])
  const sort = search.sort ?? 'NAME'
  const descending = search.descending ?? sort === 'CREATED'
  const [result, ask] = useQuery({ query: Pipelines, variables: { ...pageVariables(search), filter, sort, descending } })
  const reread = () => ask({ requestPolicy: 'network-only' })
  const active = useNewestRuns()
  useReread(active.which, reread)
  const selecting = useSelection(JSON.stringify(filter))
  const columns = useMemo(() => columnsWith(active), [active])
  return (
    <Page
      title="Pipelines"
      about="CLAMS apps in order, through which media files go."
      actions={
        <>
          <LinkButton icon={<FileUp aria-hidden size={17} />} to="/pipelines/import">
            Import
          </LinkButton>
          <LinkButton kind="primary" icon={<Plus aria-hidden size={17} />} to="/pipelines/new">
            New pipeline
          </LinkButton>
        </>
      }
    >
      <Panel flush>
        <PipelineFilters search={search} onChange={change} />
        <Fetched result={result} label="Pipelines" onRetry={reread}>
          {({ pipelines: { nodes, ...page } }, fetching) => (
            <DataTable<Pipeline, Sort>
              label="Pipelines"
              columns={columns}
              page={{ rows: nodes, ...page }}
              rowKey={(pipeline) => pipeline.id}
              rowName={(pipeline) => pipeline.name}
              sort={sort}
              descending={descending}
              onTurn={change}
              selecting={selecting}
              bulkActions={<PipelineBulk selecting={selecting} filter={filter} onDone={reread} />}
              fetching={fetching}
              empty={
                isFiltered(search) ? (
                  <NothingFound noun="pipeline" />
                ) : (
                  <EmptyState
                    icon={<Workflow size={26} />}
                    title="No pipelines yet"
                    actions={
                      <>
                        <LinkButton kind="primary" to="/pipelines/new">
                          Build the first one
                        </LinkButton>
                        <LinkButton to="/pipelines/import">Import one</LinkButton>
                      </>
                    }
                  >
                    A pipeline says which CLAMS apps look at each file, in which order and with which parameters. A recipe
                    of clams-kitchen can be imported too.
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

function filterOf({ text, app, show }: PipelinesSearch): PipelineFilter {
  return {
    text: text ?? null,
    apps: app === undefined ? null : [app],
    archived: show === undefined ? false : show === 'archived' ? true : null,
  }
}

function columnsWith({ newest, staleSince }: NewestRuns): Column<Pipeline, Sort>[] {
  return [
    {
      header: 'Name',
      sort: { by: 'NAME', descending: false },
      cell: (pipeline) => (
        <div className={styles.name}>
          <span>
            <Link to="/pipelines/$pipelineId" params={{ pipelineId: pipeline.id }}>
              {pipeline.name}
            </Link>
            {pipeline.archived && <em>archived</em>}
          </span>
          {pipeline.description !== null && <small>{pipeline.description}</small>}
        </div>
      ),
    },
    {
      header: 'Steps',
      cell: ({ steps }) => (
        <ol className={styles.steps}>
          {steps.map(({ position, app }) => (
            <li key={position}>{app.name}</li>
          ))}
        </ol>
      ),
    },
    { header: 'Version', end: true, narrow: true, cell: ({ version }) => version },
    {
      header: 'Newest run',
      narrow: true,
      cell: ({ lastRun }) => {
        if (lastRun === null) return <span className={styles.none}>Never run</span>
        const run = newest(lastRun)
        return (
          <span className={styles.run}>
            <StatusChip status={run.status} still={staleSince !== null} />
            <Time at={run.endedAt ?? run.startedAt ?? run.createdAt} />
          </span>
        )
      },
    },
    {
      header: 'Made',
      sort: { by: 'CREATED', descending: true },
      narrow: true,
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
  ]
}
