import { Link } from '@tanstack/react-router'
import { FileUp, Plus, Workflow } from 'lucide-react'
import { useMemo } from 'react'
import type { Column } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { LinkButton } from '../../components/link-button'
import { ListPanel } from '../../components/list-panel'
import { Page } from '../../components/page'
import { StatusChip } from '../../components/status-chip'
import { RelativeTime } from '../../components/relative-time'
import { useListQuery } from '../../lib/list-query'
import { RunState, useLiveRuns, type LiveRuns } from '../../lib/live-runs'
import { graphql, type ResultOf } from '../../lib/graphql'
import { updateListSearch } from '../../lib/list-search'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { PipelineBulkActions, type PipelineFilter } from './pipeline-bulk-actions'
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
  const change = (part: Partial<PipelinesSearch>) => void navigate({ search: (now) => updateListSearch(now, part) })
  const filter = useMemo(() => filterOf(search), [search])
  const list = useListQuery({ query: Pipelines, search, filter, defaultSort: 'NAME', descendingSorts: ['CREATED'] })
  const { refetch, selecting } = list
  const active = useLiveRuns()
  useRefetchOnChange(active.refetchKey, refetch)
  const columns = useMemo(() => columnsWith(active), [active])
  return (
    <Page
      title="Pipelines"
      about="A pipeline runs CLAMS apps on media files, in order."
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
      <ListPanel
        list={list}
        connection={({ pipelines }) => pipelines}
        label="Pipelines"
        noun="pipeline"
        search={search}
        filters={<PipelineFilters search={search} onChange={change} />}
        columns={columns}
        rowKey={(pipeline) => pipeline.id}
        rowName={(pipeline) => pipeline.name}
        onPageChange={change}
        bulkActions={<PipelineBulkActions selecting={selecting} filter={filter} onDone={refetch} />}
        empty={
          <EmptyState
            icon={<Workflow size={26} />}
            title="No pipelines yet"
            actions={
              <>
                <LinkButton kind="primary" to="/pipelines/new">
                  Create pipeline
                </LinkButton>
                <LinkButton to="/pipelines/import">Import pipeline</LinkButton>
              </>
            }
          >
            A pipeline lists the CLAMS apps that run on each file, their order and their parameters. You can also import
            a clams-kitchen recipe.
          </EmptyState>
        }
      />
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

function columnsWith({ newest, staleSince }: LiveRuns): Column<Pipeline, Sort>[] {
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
      header: 'Last run',
      narrow: true,
      cell: ({ lastRun }) => {
        if (lastRun === null) return <span className={styles.none}>Never run</span>
        const run = newest(lastRun)
        return (
          <span className={styles.run}>
            <StatusChip status={run.status} still={staleSince !== null} />
            <RelativeTime at={run.endedAt ?? run.startedAt ?? run.createdAt} />
          </span>
        )
      },
    },
    {
      header: 'Created',
      sort: { by: 'CREATED', descending: true },
      narrow: true,
      cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
    },
  ]
}
