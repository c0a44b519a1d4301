import { Layers, Trash2 } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { LinkButton } from '../../components/link-button'
import { Outcome } from '../../lib/bulk'
import { byIds, chosenBy } from '../../lib/chosen'
import { graphql, type VariablesOf } from '../../lib/graphql'
import type { Selecting } from '../../lib/selection'
import { BatchOfEach } from './batch-of-each'

export const DeleteCollections = graphql(
  `
    mutation DeleteCollections($ids: [ID!], $filter: CollectionFilter, $dryRun: Boolean!) {
      outcome: deleteCollections(ids: $ids, filter: $filter, dryRun: $dryRun) { ...Outcome }
    }
  `,
  [Outcome],
)

type CollectionFilter = NonNullable<VariablesOf<typeof DeleteCollections>['filter']>

interface CollectionBulkProps {
  selecting: Selecting
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
          {ids.length > 1 && <BatchOfEach ids={ids} />}
        </>
      )}
      <BulkAction
        label="Delete"
        icon={<Trash2 aria-hidden size={15} />}
        danger
        title="Delete collections; their media files stay"
        verb="Delete them"
        mutation={DeleteCollections}
        variables={byIds(chosenBy(selection, filter))}
        onDone={() => {
          selecting.clear()
          onDone()
        }}
      />
    </>
  )
}
