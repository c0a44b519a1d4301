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
  /** Results of the last check, by step key. */
  found: ReadonlyMap<string, StepCheck>
  /** The last check was of exactly these steps. */
  current: boolean
  failure: string | null
}

const PAUSE_MS = 200
const NOT_CHECKED: { steps: DraftStep[] | null; found: ReadonlyMap<string, StepCheck>; failure: string | null } = {
  steps: null,
  found: new Map(),
  failure: null,
}

/** Checks the steps on the server while they are edited. */
export function useStepChecks(steps: DraftStep[]): StepChecks {
  const client = useClient()
  const [answer, setAnswer] = useState(NOT_CHECKED)
  useEffect(() => {
    let canceled = false
    const timer = setTimeout(() => {
      const query = client.query(CheckPipeline, { steps: inputOf(steps) }, { requestPolicy: 'network-only' })
      void query.toPromise().then(({ data, error }) => {
        if (canceled) return
        setAnswer((known) => ({
          steps,
          found: data ? new Map(steps.map((step, at) => [step.key, data.checkPipeline[at]]).filter(isFound)) : known.found,
          failure: error ? problemOf(error).message : null,
        }))
      })
    }, PAUSE_MS)
    return () => {
      canceled = true
      clearTimeout(timer)
    }
  }, [client, steps])
  return { found: answer.found, current: answer.steps === steps && answer.failure === null, failure: answer.failure }
}

function isFound(entry: readonly (string | StepCheck | undefined)[]): entry is [string, StepCheck] {
  return entry[1] !== undefined
}
