/** What can be done with a batch run, and with files of it, each with what it would do in numbers. */
import { change, Outcome, previewOf, type BulkMutation, type Preview } from '../../lib/bulk'
import { graphql, type VariablesOf } from '../../lib/graphql'

const CancelRun = graphql(
  `mutation CancelRun($ids: [ID!], $dryRun: Boolean!) {
    outcome: cancelBatchRuns(ids: $ids, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)
const PauseRun = graphql(
  `mutation PauseRun($ids: [ID!], $dryRun: Boolean!) {
    outcome: pauseBatchRuns(ids: $ids, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)
const ResumeRun = graphql(
  `mutation ResumeRun($ids: [ID!], $dryRun: Boolean!) {
    outcome: resumeBatchRuns(ids: $ids, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)
const RetryRun = graphql(
  `mutation RetryRun($ids: [ID!], $fromStep: Int, $dryRun: Boolean!) {
    outcome: retryBatchRuns(ids: $ids, fromStep: $fromStep, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)
const SetPriority = graphql(
  `mutation SetPriority($ids: [ID!], $priority: Int!, $dryRun: Boolean!) {
    outcome: setBatchRunPriorities(ids: $ids, priority: $priority, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)
const CancelFiles = graphql(
  `mutation CancelFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    outcome: cancelPipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)
const PauseFiles = graphql(
  `mutation PauseFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    outcome: pausePipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)
const ResumeFiles = graphql(
  `mutation ResumeFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    outcome: resumePipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)
const RetryFiles = graphql(
  `mutation RetryFiles($ids: [ID!], $filter: PipelineRunFilter, $fromStep: Int, $dryRun: Boolean!) {
    outcome: retryPipelineRuns(ids: $ids, filter: $filter, fromStep: $fromStep, dryRun: $dryRun) { ...Outcome }
  }`,
  [Outcome],
)

type Filter = VariablesOf<typeof CancelFiles>['filter']

/** Some files of a run, by the IDs of their pipeline runs, or all that a filter finds. */
export type ChosenFiles = { ids: string[] } | { filter: NonNullable<Filter> }

export type FileFilterInput = NonNullable<Filter>

export type Action =
  | { kind: 'cancel' | 'pause' | 'resume'; run: string }
  | { kind: 'retry'; run: string; fromStep: number | null }
  | { kind: 'prioritize'; run: string; priority: number }
  | { kind: 'cancel-files' | 'pause-files' | 'resume-files'; files: ChosenFiles }
  | { kind: 'retry-files'; files: ChosenFiles; fromStep: number | null }

/** What it would do. Rejects with what the server said. */
export function foresee(action: Action): Promise<Preview> {
  return withMutation(action, previewOf)
}

/** What was done, in words. Rejects where nothing was. */
export function perform(action: Action): Promise<string> {
  return withMutation(action, change)
}

type Ask<Answer> = <Variables extends Record<string, unknown>>(
  mutation: BulkMutation<Variables>,
  variables: Variables,
) => Promise<Answer>

function withMutation<Answer>(action: Action, ask: Ask<Answer>): Promise<Answer> {
  switch (action.kind) {
    case 'cancel':
      return ask(CancelRun, { ids: [action.run] })
    case 'pause':
      return ask(PauseRun, { ids: [action.run] })
    case 'resume':
      return ask(ResumeRun, { ids: [action.run] })
    case 'retry':
      return ask(RetryRun, { ids: [action.run], fromStep: action.fromStep })
    case 'prioritize':
      return ask(SetPriority, { ids: [action.run], priority: action.priority })
    case 'cancel-files':
      return ask(CancelFiles, action.files)
    case 'pause-files':
      return ask(PauseFiles, action.files)
    case 'resume-files':
      return ask(ResumeFiles, action.files)
    case 'retry-files':
      return ask(RetryFiles, { ...action.files, fromStep: action.fromStep })
  }
}
