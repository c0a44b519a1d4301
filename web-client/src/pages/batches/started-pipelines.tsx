import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { valuesIn } from '../../components/parameters/parameter'
import { StepsInWords } from '../../components/start-dialog/what-starts'
import { problemOf } from '../../lib/client'
import { graphql } from '../../lib/graphql'
import type { BatchFilter } from './batch-filter'
import styles from './started-pipelines.module.css'

const PipelinesOfBatches = graphql(`
  query PipelinesOfBatches($filter: BatchFilter) {
    batches(first: 100, filter: $filter) {
      nodes {
        id
        pipeline {
          id
          name
          version
          steps { position parameters app { name version } }
        }
      }
      pageInfo { hasNextPage }
    }
  }
`)

interface StartedPipelinesProps {
  /** IDs, among those that the filter finds; null: all of those. */
  chosen: string[] | null
  filter: BatchFilter
}

/** On which pipelines batches would be started, and with what their apps would be called. */
export function StartedPipelines({ chosen, filter }: StartedPipelinesProps) {
  const [{ data, error }, ask] = useQuery({ query: PipelinesOfBatches, variables: { filter } })
  if (!data) {
    if (!error) return <p>Reading their pipelines …</p>
    return (
      <div role="alert" className={styles.unread}>
        <p>{problemOf(error).message}</p>
        <Button small onClick={() => ask({ requestPolicy: 'network-only' })}>
          Try again
        </Button>
      </div>
    )
  }
  const { nodes, pageInfo } = data.batches
  const meant = chosen === null ? nodes : nodes.filter(({ id }) => chosen.includes(id))
  const isPart = chosen === null ? pageInfo.hasNextPage : meant.length < chosen.length
  const pipelines = new Map(meant.flatMap(({ pipeline }) => (pipeline ? [[pipeline.id, pipeline]] : [])))
  return (
    <section aria-label="What they go through" className={styles.pipelines}>
      {[...pipelines.values()].map(({ id, name, version, steps }) => (
        <div key={id}>
          <p>
            On <strong>{name}</strong>, version {version}, each file goes through:
          </p>
          <StepsInWords steps={steps.map((step) => ({ ...step, parameters: valuesIn(step.parameters) }))} />
        </div>
      ))}
      {isPart && <p>The others that are chosen may be on other pipelines.</p>}
    </section>
  )
}
