import { Combine, Download, Trash2 } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { AnchorButton, LinkButton } from '../../components/link-button'
import { Outcome } from '../../lib/bulk'
import { byIds, chosenBy } from '../../lib/chosen'
import { graphql, type VariablesOf } from '../../lib/graphql'
import type { Selecting } from '../../lib/selection'

export const DeleteBatches = graphql(
  `
    mutation DeleteBatches($ids: [ID!], $filter: BatchFilter, $dryRun: Boolean!) {
      result: deleteBatches(ids: $ids, filter: $filter, dryRun: $dryRun) { ...Outcome }
    }
  `,
  [Outcome],
)

export type BatchFilter = NonNullable<VariablesOf<typeof DeleteBatches>['filter']>

interface BatchBulkProps {
  selecting: Selecting
  filter: BatchFilter
  onDone: () => void
}

/** What can be done with many batches. */
export function BatchBulk({ selecting, filter, onDone }: BatchBulkProps) {
  const { selection } = selecting
  const ids = selection.all ? null : [...selection.keys]
  return (
    <>
      {ids && (
        <>
          <AnchorButton
            small
            icon={<Download aria-hidden size={15} />}
            href={`/mmif.zip?${ids.map((id) => `batch=${encodeURIComponent(id)}`).join('&')}`}
            download
          >
            Results
          </AnchorButton>
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
        document={DeleteBatches}
        variables={byIds(chosenBy(selection, filter))}
        onDone={() => {
          selecting.clear()
          onDone()
        }}
      />
    </>
  )
}
