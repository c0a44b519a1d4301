import { FileUp, Film, Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button'
import { EmptyState } from '../../components/empty-state'
import { LinkButton } from '../../components/link-button'
import { Page } from '../../components/page'
import { AddMediaFile } from './add-media-file'
import { MediaList } from './media-list'
import { mediaRoute } from './route'

export function MediaPage() {
  const search = mediaRoute.useSearch()
  const navigate = mediaRoute.useNavigate()
  const [adding, setAdding] = useState(false)
  return (
    <Page
      title="Media"
      about="Media files with their GUIDs and documents."
      actions={
        <>
          <Button icon={<Plus aria-hidden size={17} />} onClick={() => setAdding(true)}>
            Add media file
          </Button>
          <LinkButton kind="primary" icon={<FileUp aria-hidden size={17} />} to="/media/import">
            Import
          </LinkButton>
        </>
      }
    >
      <MediaList
        search={search}
        onSearch={(change) => void navigate({ search: change })}
        empty={
          <EmptyState
            icon={<Film size={26} />}
            title="No media files yet"
            actions={
              <LinkButton kind="primary" to="/media/import">
                Import media files
              </LinkButton>
            }
          >
            Import a CSV or JSON Lines file with GUIDs and locations, or add a media file by hand.
          </EmptyState>
        }
      />
      {adding && <AddMediaFile onClose={() => setAdding(false)} />}
    </Page>
  )
}
