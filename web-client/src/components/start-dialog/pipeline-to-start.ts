import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { problemOf } from '../../lib/client'
import { graphql, type ResultOf } from '../../lib/graphql'
import { ParameterFields, valuesIn, type Values } from '../parameters/parameter'
import { newStep, type DraftStep } from '../steps/pipeline-draft'

const PipelineToStart = graphql(
  `
    query PipelineToStart($id: ID!) {
      pipeline(id: $id) {
        id
        version
        warnings
        steps {
          position
          parameters
          app {
            id
            name
            version
            parameters {
              ...ParameterFields
            }
          }
        }
      }
    }
  `,
  [ParameterFields],
)

type PipelineRead = NonNullable<ResultOf<typeof PipelineToStart>['pipeline']>

export interface StepToStart {
  position: number
  app: PipelineRead['steps'][number]['app']
  /** The parameters in the pipeline. */
  pipelineValues: Values
  /** The step with the parameters of this start. */
  draft: DraftStep
}

export interface PipelineToStart {
  version: number
  warnings: string[]
  steps: StepToStart[]
}

interface PipelineToStartResult {
  /** Null while it loads. */
  pipeline: PipelineToStart | null
  /** Why it cannot be loaded. */
  problem: string | null
  /** Overrides the parameters of a step for this start only. */
  override: (position: number, values: Values) => void
  onRetry: () => void
}

/** The pipeline with the overrides of this start. */
export function usePipelineToStart(id: string | null): PipelineToStartResult {
  const [{ data, error, fetching }, refetch] = useQuery({
    query: PipelineToStart,
    variables: { id: id ?? '' },
    pause: id === null,
  })
  // After a failed refetch there is nothing to start; the same while another pipeline loads.
  const read = !error && data?.pipeline?.id === id ? data.pipeline : null
  const [overridden, setOverridden] = useState<{ of: PipelineRead | null; values: Record<number, Values> }>({ of: null, values: {} })
  const drafts = useMemo(() => read?.steps.map(({ app, parameters }) => newStep(app.id, valuesIn(parameters))), [read])
  const pipeline = useMemo(() => {
    if (!read || !drafts) return null
    const values = overridden.of === read ? overridden.values : {}
    const steps = read.steps.flatMap(({ position, app, parameters }, at) => {
      const draft = drafts[at]
      const stepValues = values[position]
      return draft ? [{ position, app, pipelineValues: valuesIn(parameters), draft: stepValues ? { ...draft, parameters: stepValues } : draft }] : []
    })
    return { version: read.version, warnings: read.warnings, steps }
  }, [read, drafts, overridden])
  return {
    pipeline,
    problem: id === null || read || fetching ? null : error ? problemOf(error).message : `The pipeline ${id} no longer exists.`,
    override: (position, values) =>
      setOverridden((now) => ({ of: read, values: { ...(now.of === read ? now.values : {}), [position]: values } })),
    onRetry: () => refetch({ requestPolicy: 'network-only' }),
  }
}
