import { Play } from 'lucide-react'
import { useQuery } from 'urql'
import { DataTable, type Column } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { Panel } from '../../components/panel'
import { BatchRunLink, FileRunLink } from '../../components/run-link'
import { STATUS_WORDS, StatusChip } from '../../components/status-chip'
import { RelativeTime } from '../../components/relative-time'
import { graphql, type ResultOf } from '../../lib/graphql'
import { updateListSearch } from '../../lib/list-search'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnResults } from '../../lib/refetch-on-results'
import styles from './file-runs.module.css'
import { mediaFileRoute } from './media-file-route'

const FileRunsQuery = graphql(`
  query FileRuns($guid: String!, $first: Int, $after: String, $last: Int, $before: String) {
    mediaFile(guid: $guid) {
      pipelineRuns(first: $first, after: $after, last: $last, before: $before) {
        nodes {
          id
          status
          createdAt
          endedAt
          steps { id position status app { name } error { message } }
          batchRun { id batch { id name } pipeline { name version } }
        }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount { count exact }
      }
    }
  }
`)

type FileRun = NonNullable<ResultOf<typeof FileRunsQuery>['mediaFile']>['pipelineRuns']['nodes'][number]

const COLUMNS: Column<FileRun, never>[] = [
  {
    header: 'Pipeline',
    cell: ({ id, batchRun }) => (
      <FileRunLink id={id}>
        {batchRun.pipeline.name} v{batchRun.pipeline.version}
      </FileRunLink>
    ),
  },
  {
    header: 'Batch run',
    cell: ({ batchRun }) => <BatchRunLink id={batchRun.id}>{batchRun.batch.name}</BatchRunLink>,
  },
  { header: 'Status', narrow: true, cell: ({ status }) => <StatusChip status={status} still /> },
  {
    header: 'Steps',
    cell: ({ steps }) => (
      <ol className={styles.steps}>
        {steps.map((step) => (
          <li key={step.id} data-status={step.status}>
            {step.app.name} <span className="unseen">{STATUS_WORDS[step.status]}</span>
            {step.error && <small>{step.error.message}</small>}
          </li>
        ))}
      </ol>
    ),
  },
  { header: 'Started', narrow: true, cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
]

/** All runs of a media file, with their steps. */
export function FileRuns({ guid }: { guid: string }) {
  const search = mediaFileRoute.useSearch()
  const navigate = mediaFileRoute.useNavigate()
  const [result, executeQuery] = useQuery({ query: FileRunsQuery, variables: { guid, ...pageVariables(search) } })
  const refetch = () => executeQuery({ requestPolicy: 'network-only' })
  useRefetchOnResults(refetch)
  return (
    <Panel flush>
      <QueryResult result={result} label="Runs" onRetry={refetch}>
        {({ mediaFile }, fetching) =>
          mediaFile && (
            <DataTable
              label="Runs"
              columns={COLUMNS}
              page={{ ...mediaFile.pipelineRuns, rows: mediaFile.pipelineRuns.nodes }}
              rowKey={({ id }) => id}
              rowName={({ batchRun }) => batchRun.batch.name}
              onPageChange={(page) => void navigate({ search: (current) => updateListSearch(current, page) })}
              fetching={fetching}
              empty={
                <EmptyState icon={<Play size={26} />} title="No runs yet">
                  Batch runs that include this file appear here.
                </EmptyState>
              }
            />
          )
        }
      </QueryResult>
    </Panel>
  )
}
