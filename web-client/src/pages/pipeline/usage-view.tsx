import { Link } from '@tanstack/react-router'
import { useQuery } from 'urql'
import { QueryResult } from '../../components/query-result'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import { BatchRunLink } from '../../components/run-link'
import { StatusChip } from '../../components/status-chip'
import { RelativeTime } from '../../components/relative-time'
import { RunState, useLiveRuns } from '../../lib/live-runs'
import { graphql } from '../../lib/graphql'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { pluralize, formatPercent } from '../../lib/format'
import styles from './usage-view.module.css'

const Uses = graphql(
  `
    query PipelineUses($id: ID!) {
      batches(first: 20, filter: { pipelines: [$id] }) {
        nodes { id name mediaFileCount createdAt }
        totalCount { count }
      }
      batchRuns(first: 20, filter: { pipelines: [$id] }) {
        nodes { ...RunState batch { id name } pipeline { version } }
        totalCount { count }
      }
    }
  `,
  [RunState],
)

/** The runs of a pipeline, and the batches with it as their default pipeline. */
export function UsageView({ id }: { id: string }) {
  const [result, query] = useQuery({ query: Uses, variables: { id } })
  const refetch = () => query({ requestPolicy: 'network-only' })
  const active = useLiveRuns()
  useRefetchOnChange(active.refetchKey, refetch)
  return (
    <QueryResult result={result} label="Usage" onRetry={refetch}>
      {({ batches, batchRuns }) => (
        <div className={styles.uses}>
          <div>
            <Panel title="Runs" beside={<span className={styles.quiet}>{pluralize(batchRuns.totalCount.count, 'run')}</span>} flush>
              {batchRuns.nodes.length === 0 && <p className={styles.none}>No runs yet.</p>}
              <ul className={styles.rows}>
                {batchRuns.nodes.map((read) => {
                  const run = active.newest(read)
                  return (
                    <li key={run.id}>
                      <span className={styles.name}>
                        <BatchRunLink id={run.id}>{read.batch.name}</BatchRunLink>
                        <small>version {read.pipeline.version}</small>
                      </span>
                      <span className={styles.progress}>
                        <ProgressBar thin label={`Run of ${read.batch.name}`} percent={run.percent} counts={run.counts} />
                        <small>{formatPercent(run.percent)}</small>
                      </span>
                      <StatusChip status={run.status} still={active.staleSince !== null} />
                      <RelativeTime at={run.endedAt ?? run.createdAt} />
                    </li>
                  )
                })}
              </ul>
              {batchRuns.totalCount.count > batchRuns.nodes.length && (
                <Link to="/batch-runs" search={{ pipeline: id }} className={styles.more}>
                  Show all
                </Link>
              )}
            </Panel>
          </div>
          <div>
            <Panel
              title="Batches with this default pipeline"
              beside={<span className={styles.quiet}>{pluralize(batches.totalCount.count, 'batch', 'batches')}</span>}
              flush
            >
              {batches.nodes.length === 0 && <p className={styles.none}>No batches yet.</p>}
              <ul className={styles.rows}>
                {batches.nodes.map((batch) => (
                  <li key={batch.id}>
                    <span className={styles.name}>
                      <Link to="/batches/$batchId" params={{ batchId: batch.id }}>
                        {batch.name}
                      </Link>
                    </span>
                    <span className={styles.quiet}>{pluralize(batch.mediaFileCount, 'file')}</span>
                    <RelativeTime at={batch.createdAt} />
                  </li>
                ))}
              </ul>
              {batches.totalCount.count > batches.nodes.length && (
                <Link to="/batches" search={{ pipeline: id }} className={styles.more}>
                  Show all
                </Link>
              )}
            </Panel>
          </div>
        </div>
      )}
    </QueryResult>
  )
}
