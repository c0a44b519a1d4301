import { useQuery } from 'urql'
import { DataTable, type Column } from '../../components/data-table'
import { Fetched } from '../../components/fetched'
import { NounLink } from '../../components/noun-link'
import { Panel } from '../../components/panel'
import { RunActions } from '../../components/run-actions/run-actions'
import { StatusChip } from '../../components/status-chip'
import { Time } from '../../components/time'
import { graphql, type ResultOf } from '../../lib/graphql'
import { useNewestRuns } from '../../lib/newest-runs'
import { useReread } from '../../lib/reread'
import { count, counted, duration } from '../../lib/words'
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
        <NounLink noun="batchRun" id={run.id}>
          {run.batch.name}
        </NounLink>
        <small>
          {run.pipeline.name}, version {run.pipeline.version}
        </small>
      </>
    ),
  },
  { header: 'State', narrow: true, cell: (run) => <StatusChip status={run.status} /> },
  { header: 'Files', narrow: true, cell: (run) => <Files run={run} /> },
  { header: 'Took', narrow: true, end: true, cell: took },
  { header: 'Ended', narrow: true, cell: (run) => run.endedAt !== null && <Time at={run.endedAt} /> },
  {
    header: 'Actions',
    narrow: true,
    end: true,
    unseen: true,
    cell: (run) => <RunActions run={run} name={run.batch.name} apps={run.steps.map(({ app }) => app.name)} />,
  },
]

/** Asked anew when other runs are active: one may have ended. */
export function LatelyEnded() {
  const { which } = useNewestRuns()
  const [result, ask] = useQuery({ query: EndedRuns, pause: which === undefined })
  const reread = () => ask({ requestPolicy: 'network-only' })
  useReread(which, reread)
  if (!result.error && !result.data?.batchRuns.nodes.length) return null
  return (
    <div className={styles.ended}>
      <Panel title="Lately ended" flush>
        <Fetched result={result} label="Batch runs that ended lately" onRetry={reread}>
          {({ batchRuns: { nodes, pageInfo } }) => (
            <DataTable
              label="Batch runs that ended lately"
              columns={COLUMNS}
              page={{ rows: nodes, pageInfo }}
              rowKey={(run) => run.id}
              rowName={(run) => run.batch.name}
              empty={null}
            />
          )}
        </Fetched>
      </Panel>
    </div>
  )
}

function Files({ run: { counts } }: { run: EndedRun }) {
  const unsuccessful = [
    counts.failed > 0 && `${count(counts.failed)} failed`,
    counts.canceled > 0 && `${count(counts.canceled)} canceled`,
  ].filter(Boolean)
  return [counted(counts.total, 'file'), ...unsuccessful].join(', ')
}

function took(run: EndedRun): string {
  if (run.startedAt === null || run.endedAt === null) return '–'
  return duration((Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000)
}
