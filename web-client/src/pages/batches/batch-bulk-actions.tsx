import { Combine, Play } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { BulkDelete } from '../../components/bulk-delete'
import { LinkButton } from '../../components/link-button'
import { ZipButton } from '../../components/zip-button'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { bulkTarget, clearWhenDone, idArguments, type BulkActionsProps } from '../../lib/bulk-target'
import { graphql } from '../../lib/graphql'
import type { BatchFilter } from './batch-filter'
import { PipelinesToStart } from './pipelines-to-start'

export const DeleteBatches = graphql(
  `
    mutation DeleteBatches($ids: [ID!], $filter: BatchFilter, $dryRun: Boolean!) {
      outcome: deleteBatches(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

const StartBatches = graphql(
  `
    mutation StartManyBatches($ids: [ID!], $filter: BatchFilter, $dryRun: Boolean!) {
      outcome: startBatches(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

/** Bulk actions for the selected batches. */
export function BatchBulkActions(props: BulkActionsProps<BatchFilter>) {
  const { selecting, filter } = props
  const { selection } = selecting
  const ids = selection.all ? null : [...selection.keys]
  const variables = idArguments(bulkTarget(selection, filter))
  const done = clearWhenDone(props)
  return (
    <>
      <BulkAction
        label="Start"
        icon={Play}
        title="Start batches, each on its default pipeline, from scratch"
        verb="Start"
        about={<PipelinesToStart ids={ids} filter={filter} />}
        mutation={StartBatches}
        variables={variables}
        onDone={done}
      />
      {ids && (
        <>
          <ZipButton noun="batch" ids={ids}>
            Results
          </ZipButton>
          <LinkButton
            small
            icon={<Combine aria-hidden size={15} />}
            to="/batches/new"
            state={{ batchSources: { batchIds: ids } }}
          >
            {ids.length === 1 ? 'Copy' : 'Combine'}
          </LinkButton>
        </>
      )}
      <BulkDelete
        title="Delete batches"
        mutation={DeleteBatches}
        variables={variables}
        onDone={done}
      />
    </>
  )
}
