/** What can be done with a batch run, and with files of it, each with what it would do in numbers. */
import { graphql, type ResultOf, type VariablesOf } from '../../lib/graphql'
import type { Preview } from '../confirm-dialog'
import { client, problemOf } from '../../lib/client'

const BulkOutcome = graphql(`
  fragment BulkOutcome on BulkResult @_unmask {
    total
    doneCount
    message
    unchanged { id message }
  }
`)

const CancelRun = graphql(
  `mutation CancelRun($ids: [ID!], $dryRun: Boolean!) {
    result: cancelBatchRuns(ids: $ids, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const PauseRun = graphql(
  `mutation PauseRun($ids: [ID!], $dryRun: Boolean!) {
    result: pauseBatchRuns(ids: $ids, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const ResumeRun = graphql(
  `mutation ResumeRun($ids: [ID!], $dryRun: Boolean!) {
    result: resumeBatchRuns(ids: $ids, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const RetryRun = graphql(
  `mutation RetryRun($ids: [ID!], $fromStep: Int, $dryRun: Boolean!) {
    result: retryBatchRuns(ids: $ids, fromStep: $fromStep, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const SetPriority = graphql(
  `mutation SetPriority($ids: [ID!], $priority: Int!, $dryRun: Boolean!) {
    result: setBatchRunPriorities(ids: $ids, priority: $priority, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
export const CancelFiles = graphql(
  `mutation CancelFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    result: cancelPipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const PauseFiles = graphql(
  `mutation PauseFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    result: pausePipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const ResumeFiles = graphql(
  `mutation ResumeFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    result: resumePipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const RetryFiles = graphql(
  `mutation RetryFiles($ids: [ID!], $filter: PipelineRunFilter, $fromStep: Int, $dryRun: Boolean!) {
    result: retryPipelineRuns(ids: $ids, filter: $filter, fromStep: $fromStep, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)

type Outcome = ResultOf<typeof CancelRun>['result']
type FilesVariables = VariablesOf<typeof CancelFiles>

/** Some files of a run, by the IDs of their pipeline runs, or all that a filter finds. */
export type ChosenFiles = Pick<FilesVariables, 'ids'> | Pick<FilesVariables, 'filter'>

export type Action =
  | { kind: 'cancel' | 'pause' | 'resume'; run: string }
  | { kind: 'retry'; run: string; fromStep: number | null }
  | { kind: 'prioritize'; run: string; priority: number }
  | { kind: 'cancel-files' | 'pause-files' | 'resume-files'; files: ChosenFiles }
  | { kind: 'retry-files'; files: ChosenFiles; fromStep: number | null }

function asked(action: Action, dryRun: boolean): ReturnType<typeof client.mutation<{ result: Outcome }>> {
  switch (action.kind) {
    case 'cancel':
      return client.mutation(CancelRun, { ids: [action.run], dryRun })
    case 'pause':
      return client.mutation(PauseRun, { ids: [action.run], dryRun })
    case 'resume':
      return client.mutation(ResumeRun, { ids: [action.run], dryRun })
    case 'retry':
      return client.mutation(RetryRun, { ids: [action.run], fromStep: action.fromStep, dryRun })
    case 'prioritize':
      return client.mutation(SetPriority, { ids: [action.run], priority: action.priority, dryRun })
    case 'cancel-files':
      return client.mutation(CancelFiles, { ...action.files, dryRun })
    case 'pause-files':
      return client.mutation(PauseFiles, { ...action.files, dryRun })
    case 'resume-files':
      return client.mutation(ResumeFiles, { ...action.files, dryRun })
    case 'retry-files':
      return client.mutation(RetryFiles, { ...action.files, fromStep: action.fromStep, dryRun })
  }
}

async function done(action: Action, dryRun: boolean): Promise<Outcome> {
  const { data, error } = await asked(action, dryRun)
  if (error) throw new Error(problemOf(error).message)
  if (!data) throw new Error('Chowda gave no answer. Look at the run before you try again.')
  return data.result
}

/** What it would do. */
export async function foresee(action: Action): Promise<Preview> {
  const { message, unchanged, doneCount } = await done(action, true)
  return { message, unchanged, nothing: doneCount === 0 }
}

/** What was done, in words. Rejects where nothing was. */
export async function perform(action: Action): Promise<string> {
  const { message, unchanged, doneCount } = await done(action, false)
  if (doneCount === 0) throw new Error(unchanged[0]?.message ?? message)
  return message
}
