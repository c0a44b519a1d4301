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
  /** The IDs of the batches to start. Null means all batches that match the filter. */
  ids: string[] | null
  filter: BatchFilter
}

/** The pipelines that start, with their apps and parameters. */
export function PipelinesToStart({ ids, filter }: PipelinesToStartProps) {
  const [{ data, error }, executeQuery] = useQuery({ query: PipelinesOfBatches, variables: { filter } })
  if (!data) {
    if (!error) return <p>Loading the pipelines …</p>
    return (
      <div role="alert" className={styles.unread}>
        <p>{problemOf(error).message}</p>
        <Button small onClick={() => executeQuery({ requestPolicy: 'network-only' })}>
          Try again
        </Button>
      </div>
    )
  }
  const { nodes, pageInfo } = data.batches
  const batches = ids === null ? nodes : nodes.filter(({ id }) => ids.includes(id))
  const isIncomplete = ids === null ? pageInfo.hasNextPage : batches.length < ids.length
  const pipelines = new Map(batches.flatMap(({ pipeline }) => (pipeline ? [[pipeline.id, pipeline]] : [])))
  return (
    <section aria-label="Pipelines" className={styles.pipelines}>
      {[...pipelines.values()].map(({ id, name, version, steps }) => (
        <div key={id}>
          <p>
            <strong>{name}</strong>, version {version}, runs these steps:
          </p>
          <StepSummary steps={steps.map((step) => ({ ...step, parameters: valuesIn(step.parameters) }))} />
        </div>
      ))}
      {isIncomplete && <p>Other selected batches can have other pipelines.</p>}
    </section>
  )
}
