import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { graphql, type ResultOf } from '../../lib/graphql'
import { ParameterFields, valuesIn, type Values } from '../parameters/parameter'
import { newStep, type DraftStep } from '../steps/draft'

const StartedPipeline = graphql(
  `
    query StartedPipeline($id: ID!) {
      pipeline(id: $id) {
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

type PipelineRead = NonNullable<ResultOf<typeof StartedPipeline>['pipeline']>

export interface StartedStep {
  position: number
  app: PipelineRead['steps'][number]['app']
  /** What the pipeline gives the app. */
  usual: Values
  /** What this start gives it. */
  draft: DraftStep
}

export interface StartedPipeline {
  version: number
  warnings: string[]
  steps: StartedStep[]
}

/** The pipeline as it would be started, and how to give a step other values for this start alone. */
export function useStartedPipeline(id: string | null): [StartedPipeline | null, (position: number, values: Values) => void] {
  const [{ data }] = useQuery({ query: StartedPipeline, variables: { id: id ?? '' }, pause: id === null })
  const read = id === null ? null : (data?.pipeline ?? null)
  const [given, setGiven] = useState<{ of: PipelineRead | null; values: Record<number, Values> }>({ of: null, values: {} })
  const drafts = useMemo(() => read?.steps.map(({ app, parameters }) => newStep(app.id, valuesIn(parameters))), [read])
  const shown = useMemo(() => {
    if (!read || !drafts) return null
    const values = given.of === read ? given.values : {}
    const steps = read.steps.flatMap(({ position, app, parameters }, at) => {
      const draft = drafts[at]
      const others = values[position]
      return draft ? [{ position, app, usual: valuesIn(parameters), draft: others ? { ...draft, parameters: others } : draft }] : []
    })
    return { version: read.version, warnings: read.warnings, steps }
  }, [read, drafts, given])
  const give = (position: number, values: Values) =>
    setGiven((now) => ({ of: read, values: { ...(now.of === read ? now.values : {}), [position]: values } }))
  return [shown, give]
}
