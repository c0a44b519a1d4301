import { Film, Layers, Pencil, Trash2, Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { ConfirmDialog } from '../../components/confirm-dialog'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { LinkButton } from '../../components/link-button'
import { Menu, MenuItem } from '../../components/menu'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { showToast } from '../../components/toast'
import { runBulkMutation, previewBulkMutation } from '../../lib/bulk-mutation'
import { graphql, type ResultOf } from '../../lib/graphql'
import { MediaList } from '../media/media-list'
import { DeleteCollections } from './collection-bulk-actions'
import { CollectionForm } from './collection-form'
import { collectionRoute } from './collection-route'

const CollectionQuery = graphql(`
  query Collection($id: ID!) {
    collection(id: $id) { id name description mediaFileCount createdAt }
  }
`)

type Collection = NonNullable<ResultOf<typeof CollectionQuery>['collection']>

const CRUMBS = [{ label: 'Collections', link: { to: '/collections' as const } }]

export function CollectionPage() {
  const { collectionId } = collectionRoute.useParams()
  const [result, executeQuery] = useQuery({ query: CollectionQuery, variables: { id: collectionId } })
  const refetch = () => executeQuery({ requestPolicy: 'network-only' })
  const collection = result.data?.collection
  if (collection) return <LoadedCollection collection={collection} onChange={refetch} />
  if (collection === null && !result.fetching) return <NotFound what={`collection ${collectionId}`} />
  return (
    <Page title="Collection" crumbs={CRUMBS}>
      <QueryResult result={result} label="The collection" onRetry={refetch}>
        {() => null}
      </QueryResult>
    </Page>
  )
}

function LoadedCollection({ collection, onChange }: { collection: Collection; onChange: () => void }) {
  const search = collectionRoute.useSearch()
  const navigate = collectionRoute.useNavigate()
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null)
  const { id, name, description } = collection
  const close = () => setOpen(null)
  return (
    <Page
      title={name}
      crumbs={CRUMBS}
      about={description ?? undefined}
      actions={
        <>
          <LinkButton
            kind="primary"
            icon={<Layers aria-hidden size={16} />}
            to="/batches/new"
            state={{ batchSources: { collectionIds: [id] } }}
          >
            Create batch
          </LinkButton>
          <Menu trigger={<Button aria-label="More" icon={<Ellipsis aria-hidden size={17} />} />}>
            <MenuItem icon={<Pencil aria-hidden size={16} />} onChoose={() => setOpen('edit')}>
              Edit …
            </MenuItem>
            <MenuItem danger icon={<Trash2 aria-hidden size={16} />} onChoose={() => setOpen('delete')}>
              Delete …
            </MenuItem>
          </Menu>
        </>
      }
    >
      <MediaList
        search={search}
        onSearch={(next) => void navigate({ search: next })}
        collection={id}
        empty={
          <EmptyState
            icon={<Film size={26} />}
            title="No media files in this collection"
            actions={<LinkButton to="/media">View media files</LinkButton>}
          >
            Select media files in the list and add them, or name this collection in an import.
          </EmptyState>
        }
      />
      {open === 'edit' && <CollectionForm collection={collection} onClose={close} onDone={onChange} />}
      {open === 'delete' && (
        <ConfirmDialog
          title="Delete collection"
          verb="Delete"
          danger
          preview={() => previewBulkMutation(DeleteCollections, { ids: [id] })}
          onConfirm={async () => {
            showToast(await runBulkMutation(DeleteCollections, { ids: [id] }))
            await navigate({ to: '/collections' })
          }}
          onClose={close}
        />
      )}
    </Page>
  )
}
