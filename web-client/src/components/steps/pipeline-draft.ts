/** Steps of a pipeline while they are changed. */
import { valuesIn, type Values } from '../parameters/parameter'
import { graphql, type Json, type ResultOf } from '../../lib/graphql'

export type ErrorCode = ReturnType<typeof graphql.scalar<'StepErrorCode'>>

export interface Retry {
  attempts: number
  /** Null: the usual ones. */
  codes: ErrorCode[] | null
}

export interface DraftStep {
  /** Its own, wherever it stands. */
  key: string
  appId: string
  parameters: Values
  /** Null: as usual. */
  retry: Retry | null
}

export interface PipelineDraft {
  name: string
  description: string
  steps: DraftStep[]
}

export const EMPTY_DRAFT: PipelineDraft = { name: '', description: '', steps: [] }

export const StepFields = graphql(`
  fragment StepFields on PipelineStep @_unmask {
    position
    app { id }
    parameters
    retry { attempts codes }
  }
`)

let last = 0

export function newStep(appId: string, parameters: Values = {}, retry: Retry | null = null): DraftStep {
  last += 1
  return { key: `step-${last}`, appId, parameters, retry }
}

export function draftOf(step: ResultOf<typeof StepFields>): DraftStep {
  const { app, parameters, retry } = step
  return newStep(app.id, valuesIn(parameters), retry && { attempts: retry.attempts, codes: retry.codes })
}

/** As the API takes them. */
export function inputOf(steps: DraftStep[]): { appId: string; parameters: Json; retry: Retry | null }[] {
  return steps.map(({ appId, parameters, retry }) => ({ appId, parameters, retry }))
}

export function moveStep(steps: DraftStep[], key: string, to: number): DraftStep[] {
  const step = steps.find((each) => each.key === key)
  if (!step) return steps
  const rest = steps.filter((each) => each !== step)
  return [...rest.slice(0, to), step, ...rest.slice(to)]
}

/** Whether they would make the same pipeline: the order of an object's keys says nothing. */
export function sameSteps(steps: DraftStep[], others: DraftStep[]): boolean {
  return written(steps) === written(others)
}

function written(steps: DraftStep[]): string {
  return JSON.stringify(inputOf(steps), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
