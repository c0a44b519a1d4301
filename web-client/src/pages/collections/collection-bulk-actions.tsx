import { Layers } from 'lucide-react'
import { BulkDelete } from '../../components/bulk-delete'
import { LinkButton } from '../../components/link-button'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { bulkTarget, clearWhenDone, idArguments, type BulkActionsProps } from '../../lib/bulk-target'
import { graphql, type VariablesOf } from '../../lib/graphql'
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

/** Bulk actions for the selected collections. */
export function CollectionBulkActions(props: BulkActionsProps<CollectionFilter>) {
  const { selecting, filter } = props
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
            {ids.length === 1 ? 'Create batch' : 'Create one batch'}
          </LinkButton>
          {ids.length > 1 && <BatchPerCollection ids={ids} />}
        </>
      )}
      <BulkDelete
        title="Delete collections and keep their media files"
        mutation={DeleteCollections}
        variables={idArguments(bulkTarget(selection, filter))}
        onDone={clearWhenDone(props)}
      />
    </>
  )
}
