import { Combine, Play, Trash2 } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { LinkButton } from '../../components/link-button'
import { ZipButton } from '../../components/zip-button'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { idArguments, bulkTarget } from '../../lib/bulk-target'
import { graphql } from '../../lib/graphql'
import type { RowSelection } from '../../lib/selection'
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

interface BatchBulkProps {
  selecting: RowSelection
  filter: BatchFilter
  onDone: () => void
}

/** What can be done with many batches. */
export function BatchBulk({ selecting, filter, onDone }: BatchBulkProps) {
  const { selection } = selecting
  const ids = selection.all ? null : [...selection.keys]
  const variables = idArguments(bulkTarget(selection, filter))
  const done = () => {
    selecting.clear()
    onDone()
  }
  return (
    <>
      <BulkAction
        label="Start"
        icon={<Play aria-hidden size={15} />}
        title="Start batches, each on its own pipeline, from a blank MMIF"
        verb="Start them"
        about={<PipelinesToStart chosen={ids} filter={filter} />}
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
      <BulkAction
        label="Delete"
        icon={<Trash2 aria-hidden size={15} />}
        danger
        title="Delete batches"
        verb="Delete them"
        mutation={DeleteBatches}
        variables={variables}
        onDone={done}
      />
    </>
  )
}
