import { FolderMinus, Layers } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { BulkDelete } from '../../components/bulk-delete'
import { LinkButton } from '../../components/link-button'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { bulkTarget, clearWhenDone, guidArguments, type BulkActionsProps } from '../../lib/bulk-target'
import { graphql } from '../../lib/graphql'
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

interface MediaBulkActionsProps extends BulkActionsProps<MediaFileFilter> {
  /** The ID of the collection that contains all of them. */
  collection: string | undefined
}

/** Bulk actions for the selected media files. */
export function MediaBulkActions(props: MediaBulkActionsProps) {
  const { selecting, filter, collection, onDone } = props
  const target = bulkTarget(selecting.selection, filter)
  const variables = guidArguments(target)
  const done = clearWhenDone(props)
  return (
    <>
      <LinkButton
        small
        kind="primary"
        icon={<Layers aria-hidden size={15} />}
        to="/batches/new"
        state={{ batchSources: 'keys' in target ? { guids: target.keys } : { mediaFiles: target.filter } }}
      >
        Create batch
      </LinkButton>
      <AddToCollection variables={variables} onDone={onDone} />
      {collection !== undefined && (
        <BulkAction
          label="Remove from collection"
          icon={FolderMinus}
          title="Remove media files from collection"
          verb="Remove"
          mutation={RemoveFromCollection}
          variables={{ id: collection, ...variables }}
          onDone={done}
        />
      )}
      <BulkDelete
        title="Delete media files"
        mutation={DeleteMediaFiles}
        variables={variables}
        onDone={done}
      />
    </>
  )
}
