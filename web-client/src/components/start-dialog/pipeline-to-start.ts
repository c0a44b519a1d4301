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
  /** What the pipeline gives the app. */
  usual: Values
  /** What this start gives it. */
  draft: DraftStep
}

export interface PipelineToStart {
  version: number
  warnings: string[]
  steps: StepToStart[]
}

interface Started {
  /** Null while it is not known. */
  pipeline: PipelineToStart | null
  /** Why it can't be had. */
  problem: string | null
  /** Gives a step other values for this start alone. */
  give: (position: number, values: Values) => void
  onRetry: () => void
}

/** The pipeline as it would be started. */
export function usePipelineToStart(id: string | null): Started {
  const [{ data, error, fetching }, ask] = useQuery({
    query: PipelineToStart,
    variables: { id: id ?? '' },
    pause: id === null,
  })
  // What could not be read again is not started, nor is the one that was chosen before.
  const read = !error && data?.pipeline?.id === id ? data.pipeline : null
  const [given, setGiven] = useState<{ of: PipelineRead | null; values: Record<number, Values> }>({ of: null, values: {} })
  const drafts = useMemo(() => read?.steps.map(({ app, parameters }) => newStep(app.id, valuesIn(parameters))), [read])
  const pipeline = useMemo(() => {
    if (!read || !drafts) return null
    const values = given.of === read ? given.values : {}
    const steps = read.steps.flatMap(({ position, app, parameters }, at) => {
      const draft = drafts[at]
      const others = values[position]
      return draft ? [{ position, app, usual: valuesIn(parameters), draft: others ? { ...draft, parameters: others } : draft }] : []
    })
    return { version: read.version, warnings: read.warnings, steps }
  }, [read, drafts, given])
  return {
    pipeline,
    problem: id === null || read || fetching ? null : error ? problemOf(error).message : `There is no pipeline ${id} any more.`,
    give: (position, values) =>
      setGiven((now) => ({ of: read, values: { ...(now.of === read ? now.values : {}), [position]: values } })),
    onRetry: () => ask({ requestPolicy: 'network-only' }),
  }
}
