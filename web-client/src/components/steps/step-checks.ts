import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import { problemOf } from '../../lib/client'
import { graphql, type ResultOf } from '../../lib/graphql'
import { inputOf, type DraftStep } from './pipeline-draft'

const CheckPipeline = graphql(`
  query CheckPipeline($steps: [PipelineStepInput!]!) {
    checkPipeline(steps: $steps) {
      position
      inputs { oneOf required fromDocuments fromSteps }
      problems { parameter message }
    }
  }
`)

export type StepCheck = ResultOf<typeof CheckPipeline>['checkPipeline'][number]

export interface StepChecks {
  /** By the step's key; of what was checked last. */
  found: ReadonlyMap<string, StepCheck>
  /** These very steps are what was checked. */
  current: boolean
  failure: string | null
}

const PAUSE_MS = 200
const NOTHING: { steps: DraftStep[] | null; found: ReadonlyMap<string, StepCheck>; failure: string | null } = {
  steps: null,
  found: new Map(),
  failure: null,
}

/** What Chowda says of the steps while they are built. */
export function useStepChecks(steps: DraftStep[]): StepChecks {
  const client = useClient()
  const [answer, setAnswer] = useState(NOTHING)
  useEffect(() => {
    let over = false
    const timer = setTimeout(() => {
      const asked = client.query(CheckPipeline, { steps: inputOf(steps) }, { requestPolicy: 'network-only' })
      void asked.toPromise().then(({ data, error }) => {
        if (over) return
        setAnswer((known) => ({
          steps,
          found: data ? new Map(steps.map((step, at) => [step.key, data.checkPipeline[at]]).filter(isFound)) : known.found,
          failure: error ? problemOf(error).message : null,
        }))
      })
    }, PAUSE_MS)
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [client, steps])
  return { found: answer.found, current: answer.steps === steps && answer.failure === null, failure: answer.failure }
}

function isFound(entry: readonly (string | StepCheck | undefined)[]): entry is [string, StepCheck] {
  return entry[1] !== undefined
}
