import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { valuesIn } from '../../components/parameters/parameter'
import { StepSummary } from '../../components/start-dialog/start-summary'
import { problemOf } from '../../lib/client'
import { graphql } from '../../lib/graphql'
import type { BatchFilter } from './batch-filter'
import styles from './pipelines-to-start.module.css'

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

interface PipelinesToStartProps {
  /** IDs, among those that the filter finds; null: all of those. */
  chosen: string[] | null
  filter: BatchFilter
}

/** On which pipelines batches would be started, and with what their apps would be called. */
export function PipelinesToStart({ chosen, filter }: PipelinesToStartProps) {
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
          <StepSummary steps={steps.map((step) => ({ ...step, parameters: valuesIn(step.parameters) }))} />
        </div>
      ))}
      {isPart && <p>The others that are chosen may be on other pipelines.</p>}
    </section>
  )
}
