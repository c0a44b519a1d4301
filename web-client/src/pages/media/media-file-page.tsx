import { Layers, Pencil } from 'lucide-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { DescriptionList } from '../../components/description-list'
import { QueryResult } from '../../components/query-result'
import { LinkButton } from '../../components/link-button'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { Tabs } from '../../components/tabs'
import { Tag } from '../../components/tag'
import { RelativeTime } from '../../components/relative-time'
import { originLabel } from '../mmifs/mmif-origin'
import { Documents } from './documents'
import { EditDocuments } from './edit-documents'
import { FileMmifs } from './file-mmifs'
import { FileRuns } from './file-runs'
import styles from './media-file-page.module.css'
import { MediaFileQuery, type MediaFileDetails } from './media-file-query'
import { mediaFileRoute } from './media-file-route'

const CRUMBS = [{ label: 'Media', link: { to: '/media' as const } }]

export function MediaFilePage() {
  const { guid } = mediaFileRoute.useParams()
  const [result, executeQuery] = useQuery({ query: MediaFileQuery, variables: { guid } })
  const refetch = () => executeQuery({ requestPolicy: 'network-only' })
  const file = result.data?.mediaFile
  if (file) return <LoadedMediaFile file={file} onChange={refetch} />
  if (file === null && !result.fetching) return <NotFound what={`media file ${guid}`} />
  return (
    <Page title={guid} crumbs={CRUMBS}>
      <QueryResult result={result} label="The media file" onRetry={refetch}>
        {() => null}
      </QueryResult>
    </Page>
  )
}

function LoadedMediaFile({ file, onChange }: { file: MediaFileDetails; onChange: () => void }) {
  const { tab = 'mmifs' } = mediaFileRoute.useSearch()
  const navigate = mediaFileRoute.useNavigate()
  const [editing, setEditing] = useState(false)
  const { guid, collections, newestMmif } = file
  return (
    <Page
      title={guid}
      crumbs={CRUMBS}
      actions={
        <>
          <Button icon={<Pencil aria-hidden size={16} />} onClick={() => setEditing(true)}>
            Edit documents
          </Button>
          <LinkButton
            icon={<Layers aria-hidden size={16} />}
            to="/batches/new"
            state={{ batchSources: { guids: [guid] } }}
          >
            Create batch
          </LinkButton>
        </>
      }
    >
      <Panel>
        <DescriptionList
          facts={[
            {
              name: 'Collections',
              value:
                collections.length === 0 ? (
                  'None'
                ) : (
                  <div className={styles.tags}>
                    {collections.map(({ id, name }) => (
                      <Link key={id} to="/collections/$collectionId" params={{ collectionId: id }}>
                        <Tag>{name}</Tag>
                      </Link>
                    ))}
                  </div>
                ),
            },
            {
              name: 'Newest MMIF',
              value: newestMmif ? (
                <Link to="/mmifs/$mmifId" params={{ mmifId: newestMmif.id }}>
                  {originLabel(newestMmif)}
                </Link>
              ) : (
                'None'
              ),
            },
            { name: 'Added', value: <RelativeTime at={file.createdAt} /> },
          ]}
        />
      </Panel>
      <Panel title="Documents" flush>
        <Documents documents={file.documents} />
      </Panel>
      <div className={styles.tabs}>
        <Tabs
          label="Media file details"
          chosen={tab}
          onChoose={(next) => void navigate({ search: { tab: next } })}
          tabs={[
            { value: 'mmifs', label: 'MMIF', content: <FileMmifs guid={guid} /> },
            { value: 'runs', label: 'Runs', content: <FileRuns guid={guid} /> },
          ]}
        />
      </div>
      {editing && <EditDocuments file={file} onClose={() => setEditing(false)} onDone={onChange} />}
    </Page>
  )
}
