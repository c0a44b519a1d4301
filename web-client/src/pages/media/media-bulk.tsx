import { FolderMinus, Layers, Trash2 } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { LinkButton } from '../../components/link-button'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { guidArguments, bulkTarget } from '../../lib/bulk-target'
import { graphql } from '../../lib/graphql'
import type { RowSelection } from '../../lib/selection'
import { AddToCollection } from './add-to-collection'
import type { MediaFileFilter } from './media-search'

const DeleteMediaFiles = graphql(
  `
    mutation DeleteMediaFiles($guids: [String!], $filter: MediaFileFilter, $dryRun: Boolean!) {
      outcome: deleteMediaFiles(guids: $guids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

const RemoveFromCollection = graphql(
  `
    mutation RemoveManyFromCollection($id: ID!, $guids: [String!], $filter: MediaFileFilter, $dryRun: Boolean!) {
      outcome: removeManyFromCollection(id: $id, guids: $guids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

interface MediaBulkProps {
  selecting: RowSelection
  filter: MediaFileFilter
  /** The ID of the one that all of them are in. */
  collection: string | undefined
  onDone: () => void
}

/** What can be done with many media files. */
export function MediaBulk({ selecting, filter, collection, onDone }: MediaBulkProps) {
  const chosen = bulkTarget(selecting.selection, filter)
  const variables = guidArguments(chosen)
  const done = () => {
    selecting.clear()
    onDone()
  }
  return (
    <>
      <LinkButton
        small
        kind="primary"
        icon={<Layers aria-hidden size={15} />}
        to="/batches/new"
        state={{ batchSources: 'keys' in chosen ? { guids: chosen.keys } : { mediaFiles: chosen.filter } }}
      >
        Make a batch
      </LinkButton>
      <AddToCollection variables={variables} onDone={onDone} />
      {collection !== undefined && (
        <BulkAction
          label="Take out of the collection"
          icon={<FolderMinus aria-hidden size={15} />}
          title="Take media files out of the collection"
          verb="Take them out"
          mutation={RemoveFromCollection}
          variables={{ id: collection, ...variables }}
          onDone={done}
        />
      )}
      <BulkAction
        label="Delete"
        icon={<Trash2 aria-hidden size={15} />}
        danger
        title="Delete media files"
        verb="Delete them"
        mutation={DeleteMediaFiles}
        variables={variables}
        onDone={done}
      />
    </>
  )
}
