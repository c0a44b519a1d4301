/** The actions on a batch run and on its files, each with a preview. */
import { runBulkMutation, BulkOutcome, previewBulkMutation, type BulkMutation, type BulkPreview } from '../../lib/bulk-mutation'
import { graphql, type VariablesOf } from '../../lib/graphql'

const CancelRun = graphql(
  `mutation CancelRun($ids: [ID!], $dryRun: Boolean!) {
    outcome: cancelBatchRuns(ids: $ids, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const PauseRun = graphql(
  `mutation PauseRun($ids: [ID!], $dryRun: Boolean!) {
    outcome: pauseBatchRuns(ids: $ids, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const ResumeRun = graphql(
  `mutation ResumeRun($ids: [ID!], $dryRun: Boolean!) {
    outcome: resumeBatchRuns(ids: $ids, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const RetryRun = graphql(
  `mutation RetryRun($ids: [ID!], $fromStep: Int, $dryRun: Boolean!) {
    outcome: retryBatchRuns(ids: $ids, fromStep: $fromStep, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const SetPriority = graphql(
  `mutation SetPriority($ids: [ID!], $priority: Int!, $dryRun: Boolean!) {
    outcome: setBatchRunPriorities(ids: $ids, priority: $priority, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const CancelFiles = graphql(
  `mutation CancelFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    outcome: cancelPipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const PauseFiles = graphql(
  `mutation PauseFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    outcome: pausePipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const ResumeFiles = graphql(
  `mutation ResumeFiles($ids: [ID!], $filter: PipelineRunFilter, $dryRun: Boolean!) {
    outcome: resumePipelineRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)
const RetryFiles = graphql(
  `mutation RetryFiles($ids: [ID!], $filter: PipelineRunFilter, $fromStep: Int, $dryRun: Boolean!) {
    outcome: retryPipelineRuns(ids: $ids, filter: $filter, fromStep: $fromStep, dryRun: $dryRun) { ...BulkOutcome }
  }`,
  [BulkOutcome],
)

type Filter = VariablesOf<typeof CancelFiles>['filter']

/** Files of a run: by the IDs of their pipeline runs, or by a filter. */
export type ChosenFiles = { ids: string[] } | { filter: NonNullable<Filter> }

export type FileFilterInput = NonNullable<Filter>

export type RunAction =
  | { kind: 'cancel' | 'pause' | 'resume'; run: string }
  | { kind: 'retry'; run: string; fromStep: number | null }
  | { kind: 'prioritize'; run: string; priority: number }
  | { kind: 'cancel-files' | 'pause-files' | 'resume-files'; files: ChosenFiles }
  | { kind: 'retry-files'; files: ChosenFiles; fromStep: number | null }

/** Previews an action. Rejects with the server's error. */
export function previewAction(action: RunAction): Promise<BulkPreview> {
  return withMutation(action, previewBulkMutation)
}

/** Performs an action and returns the server's message. Rejects if nothing changed. */
export function performAction(action: RunAction): Promise<string> {
  return withMutation(action, runBulkMutation)
}

type SendMutation<Answer> = <Variables extends Record<string, unknown>>(
  mutation: BulkMutation<Variables>,
  variables: Variables,
) => Promise<Answer>

function withMutation<Answer>(action: RunAction, send: SendMutation<Answer>): Promise<Answer> {
  switch (action.kind) {
    case 'cancel':
      return send(CancelRun, { ids: [action.run] })
    case 'pause':
      return send(PauseRun, { ids: [action.run] })
    case 'resume':
      return send(ResumeRun, { ids: [action.run] })
    case 'retry':
      return send(RetryRun, { ids: [action.run], fromStep: action.fromStep })
    case 'prioritize':
      return send(SetPriority, { ids: [action.run], priority: action.priority })
    case 'cancel-files':
      return send(CancelFiles, action.files)
    case 'pause-files':
      return send(PauseFiles, action.files)
    case 'resume-files':
      return send(ResumeFiles, action.files)
    case 'retry-files':
      return send(RetryFiles, { ...action.files, fromStep: action.fromStep })
  }
}
