import { Layers, Trash2 } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { LinkButton } from '../../components/link-button'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { idArguments, bulkTarget } from '../../lib/bulk-target'
import { graphql, type VariablesOf } from '../../lib/graphql'
import type { RowSelection } from '../../lib/selection'
import { BatchPerCollection } from './batch-per-collection'

export const DeleteCollections = graphql(
  `
    mutation DeleteCollections($ids: [ID!], $filter: CollectionFilter, $dryRun: Boolean!) {
      outcome: deleteCollections(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

type CollectionFilter = NonNullable<VariablesOf<typeof DeleteCollections>['filter']>

interface CollectionBulkProps {
  selecting: RowSelection
  filter: CollectionFilter
  onDone: () => void
}

/** What can be done with many collections. */
export function CollectionBulk({ selecting, filter, onDone }: CollectionBulkProps) {
  const { selection } = selecting
  const ids = selection.all ? null : [...selection.keys]
  return (
    <>
      {ids && (
        <>
          <LinkButton
            small
            kind="primary"
            icon={<Layers aria-hidden size={15} />}
            to="/batches/new"
            state={{ batchSources: { collectionIds: ids } }}
          >
            {ids.length === 1 ? 'Make a batch' : 'Make one batch'}
          </LinkButton>
          {ids.length > 1 && <BatchPerCollection ids={ids} />}
        </>
      )}
      <BulkAction
        label="Delete"
        icon={<Trash2 aria-hidden size={15} />}
        danger
        title="Delete collections; their media files stay"
        verb="Delete them"
        mutation={DeleteCollections}
        variables={idArguments(bulkTarget(selection, filter))}
        onDone={() => {
          selecting.clear()
          onDone()
        }}
      />
    </>
  )
}
