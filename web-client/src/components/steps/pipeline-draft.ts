/** A pipeline that is being edited. */
import { valuesIn, type Values } from '../parameters/parameter'
import { graphql, type Json, type ResultOf } from '../../lib/graphql'

export type ErrorCode = ReturnType<typeof graphql.scalar<'StepErrorCode'>>

export interface Retry {
  attempts: number
  /** Null: the default ones. */
  codes: ErrorCode[] | null
}

export interface DraftStep {
  /** Stays the same when the step moves. */
  key: string
  appId: string
  parameters: Values
  /** Null: default retries. */
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

/** The steps as input of the API. */
export function inputOf(steps: DraftStep[]): { appId: string; parameters: Json; retry: Retry | null }[] {
  return steps.map(({ appId, parameters, retry }) => ({ appId, parameters, retry }))
}

export function moveStep(steps: DraftStep[], key: string, to: number): DraftStep[] {
  const step = steps.find((each) => each.key === key)
  if (!step) return steps
  const rest = steps.filter((each) => each !== step)
  return [...rest.slice(0, to), step, ...rest.slice(to)]
}

/** Whether the steps make the same pipeline. The order of an object's keys does not matter. */
export function sameSteps(steps: DraftStep[], others: DraftStep[]): boolean {
  return canonical(steps) === canonical(others)
}

function canonical(steps: DraftStep[]): string {
  return JSON.stringify(inputOf(steps), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
