import { useQuery } from 'urql'
import { DataTable, type Column } from '../../components/data-table'
import { QueryResult } from '../../components/query-result'
import { EntityLink } from '../../components/entity-link'
import { Panel } from '../../components/panel'
import { RunActions } from '../../components/run-actions/run-actions'
import { StatusChip } from '../../components/status-chip'
import { RelativeTime } from '../../components/relative-time'
import { graphql, type ResultOf } from '../../lib/graphql'
import { useLiveRuns } from '../../lib/live-runs'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { formatCount, pluralize, formatDuration } from '../../lib/format'
import styles from './now-page.module.css'

const EndedRuns = graphql(`
  query EndedRuns {
    batchRuns(first: 8, sort: ENDED) {
      nodes {
        id
        status
        startedAt
        endedAt
        counts {
          total
          waiting
          running
          finished
          failed
          canceled
        }
        batch {
          id
          name
        }
        pipeline {
          id
          name
          version
        }
        steps {
          position
          app {
            id
            name
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`)

type EndedRun = ResultOf<typeof EndedRuns>['batchRuns']['nodes'][number]

const COLUMNS: Column<EndedRun, never>[] = [
  {
    header: 'Batch',
    cell: (run) => (
      <>
        <EntityLink kind="batchRun" id={run.id}>
          {run.batch.name}
        </EntityLink>
        <small>
          {run.pipeline.name}, version {run.pipeline.version}
        </small>
      </>
    ),
  },
  { header: 'Status', narrow: true, cell: (run) => <StatusChip status={run.status} /> },
  { header: 'Files', narrow: true, cell: (run) => <Files run={run} /> },
  { header: 'Duration', narrow: true, end: true, cell: duration },
  { header: 'Ended', narrow: true, cell: (run) => run.endedAt !== null && <RelativeTime at={run.endedAt} /> },
  {
    header: 'Actions',
    narrow: true,
    end: true,
    unseen: true,
    cell: (run) => <RunActions run={run} name={run.batch.name} apps={run.steps.map(({ app }) => app.name)} />,
  },
]

/** Reads the list again when the active runs change, because one may have ended. */
export function RecentlyFinished() {
  const { refetchKey } = useLiveRuns()
  const [result, execute] = useQuery({ query: EndedRuns, pause: refetchKey === undefined })
  const refetch = () => execute({ requestPolicy: 'network-only' })
  useRefetchOnChange(refetchKey, refetch)
  if (!result.error && !result.data?.batchRuns.nodes.length) return null
  return (
    <div className={styles.ended}>
      <Panel title="Recently finished" flush>
        <QueryResult result={result} label="Recently finished batch runs" onRetry={refetch}>
          {({ batchRuns: { nodes, pageInfo } }) => (
            <DataTable
              label="Recently finished batch runs"
              columns={COLUMNS}
              page={{ rows: nodes, pageInfo }}
              rowKey={(run) => run.id}
              rowName={(run) => run.batch.name}
              empty={null}
            />
          )}
        </QueryResult>
      </Panel>
    </div>
  )
}

function Files({ run: { counts } }: { run: EndedRun }) {
  const unsuccessful = [
    counts.failed > 0 && `${formatCount(counts.failed)} failed`,
    counts.canceled > 0 && `${formatCount(counts.canceled)} not run`,
  ].filter(Boolean)
  return [pluralize(counts.total, 'file'), ...unsuccessful].join(', ')
}

function duration(run: EndedRun): string {
  if (run.startedAt === null || run.endedAt === null) return '–'
  return formatDuration((Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000)
}
