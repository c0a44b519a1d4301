import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { idArguments, bulkTarget } from '../../lib/bulk-target'
import { graphql, type VariablesOf } from '../../lib/graphql'
import type { RowSelection } from '../../lib/selection'

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

interface RunBulkProps {
  selecting: RowSelection
  filter: NonNullable<VariablesOf<typeof PauseRuns>['filter']>
  onDone: () => void
}

/** What can be done with many batch runs. */
export function RunBulk({ selecting, filter, onDone }: RunBulkProps) {
  const shared = {
    variables: idArguments(bulkTarget(selecting.selection, filter)),
    onDone: () => {
      selecting.clear()
      onDone()
    },
  }
  return (
    <>
      <BulkAction
        {...shared}
        label="Pause"
        icon={<Pause aria-hidden size={15} />}
        title="Pause batch runs"
        verb="Pause them"
        mutation={PauseRuns}
      />
      <BulkAction
        {...shared}
        label="Resume"
        icon={<Play aria-hidden size={15} />}
        title="Resume batch runs"
        verb="Resume them"
        mutation={ResumeRuns}
      />
      <BulkAction
        {...shared}
        label="Retry"
        icon={<RotateCcw aria-hidden size={15} />}
        title="Retry what failed or was canceled"
        verb="Retry them"
        mutation={RetryRuns}
      />
      <BulkAction
        {...shared}
        label="Cancel"
        icon={<Ban aria-hidden size={15} />}
        danger
        title="Cancel batch runs"
        verb="Cancel them"
        mutation={CancelRuns}
      />
    </>
  )
}
