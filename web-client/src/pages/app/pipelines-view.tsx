import { Link } from '@tanstack/react-router'
import { Workflow } from 'lucide-react'
import { useQuery } from 'urql'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { LinkButton } from '../../components/link-button'
import { Panel } from '../../components/panel'
import { graphql } from '../../lib/graphql'
import styles from './pipelines-view.module.css'

const PipelinesWith = graphql(`
  query PipelinesWith($id: ID!) {
    pipelines(first: 50, filter: { apps: [$id], archived: null }) {
      nodes { id name description archived version steps { position app { id name } } }
      totalCount { count }
    }
  }
`)

/** The pipelines whose newest version uses this app. */
export function PipelinesView({ id }: { id: string }) {
  const [result, query] = useQuery({ query: PipelinesWith, variables: { id } })
  return (
    <Panel flush>
      <QueryResult result={result} label="Pipelines" onRetry={() => query({ requestPolicy: 'network-only' })}>
        {({ pipelines: { nodes, totalCount } }) =>
          nodes.length === 0 ? (
            <EmptyState
              icon={<Workflow size={26} />}
              title="No pipelines yet"
              actions={
                <LinkButton kind="primary" to="/pipelines/new">
                  Create pipeline
                </LinkButton>
              }
            >
              No pipeline uses this app in its newest version.
            </EmptyState>
          ) : (
            <>
              <ul className={styles.rows}>
                {nodes.map((pipeline) => (
                  <li key={pipeline.id}>
                    <p>
                      <Link to="/pipelines/$pipelineId" params={{ pipelineId: pipeline.id }}>
                        {pipeline.name}
                      </Link>
                      <small>
                        version {pipeline.version}
                        {pipeline.archived && ', archived'}
                      </small>
                    </p>
                    <p className={styles.steps}>{pipeline.steps.map(({ app }) => app.name).join(' → ')}</p>
                  </li>
                ))}
              </ul>
              {totalCount.count > nodes.length && (
                <Link to="/pipelines" search={{ app: id, show: 'all' }} className={styles.more}>
                  Show all
                </Link>
              )}
            </>
          )
        }
      </QueryResult>
    </Panel>
  )
}
