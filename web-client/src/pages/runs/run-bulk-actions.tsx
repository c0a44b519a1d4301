import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { bulkTarget, clearWhenDone, idArguments, type BulkActionsProps } from '../../lib/bulk-target'
import { graphql, type VariablesOf } from '../../lib/graphql'

const PauseRuns = graphql(
  `
    mutation PauseManyRuns($ids: [ID!], $filter: BatchRunFilter, $dryRun: Boolean!) {
      outcome: pauseBatchRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

const ResumeRuns = graphql(
  `
    mutation ResumeManyRuns($ids: [ID!], $filter: BatchRunFilter, $dryRun: Boolean!) {
      outcome: resumeBatchRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

const RetryRuns = graphql(
  `
    mutation RetryManyRuns($ids: [ID!], $filter: BatchRunFilter, $dryRun: Boolean!) {
      outcome: retryBatchRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

const CancelRuns = graphql(
  `
    mutation CancelManyRuns($ids: [ID!], $filter: BatchRunFilter, $dryRun: Boolean!) {
      outcome: cancelBatchRuns(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

type BatchRunFilter = NonNullable<VariablesOf<typeof PauseRuns>['filter']>

/** Bulk actions for batch runs. */
export function RunBulkActions(props: BulkActionsProps<BatchRunFilter>) {
  const { selecting, filter } = props
  const shared = {
    variables: idArguments(bulkTarget(selecting.selection, filter)),
    onDone: clearWhenDone(props),
  }
  return (
    <>
      <BulkAction
        {...shared}
        label="Pause"
        icon={Pause}
        title="Pause batch runs"
        verb="Pause"
        mutation={PauseRuns}
      />
      <BulkAction
        {...shared}
        label="Resume"
        icon={Play}
        title="Resume batch runs"
        verb="Resume"
        mutation={ResumeRuns}
      />
      <BulkAction
        {...shared}
        label="Retry"
        icon={RotateCcw}
        title="Retry failed and canceled files"
        verb="Retry"
        mutation={RetryRuns}
      />
      <BulkAction
        {...shared}
        label="Cancel"
        icon={Ban}
        danger
        title="Cancel batch runs"
        verb="Cancel runs"
        mutation={CancelRuns}
      />
    </>
  )
}
