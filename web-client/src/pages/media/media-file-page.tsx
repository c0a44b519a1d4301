import { Layers, Pencil } from 'lucide-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { Facts } from '../../components/facts'
import { Fetched } from '../../components/fetched'
import { LinkButton } from '../../components/link-button'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { Tabs } from '../../components/tabs'
import { Tag } from '../../components/tag'
import { Time } from '../../components/time'
import { madeBy } from '../mmifs/made-by'
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
  const [result, ask] = useQuery({ query: MediaFileQuery, variables: { guid } })
  const reread = () => ask({ requestPolicy: 'network-only' })
  const file = result.data?.mediaFile
  if (file) return <Known file={file} onChange={reread} />
  if (file === null && !result.fetching) return <NotFound what={`media file ${guid}`} />
  return (
    <Page title={guid} crumbs={CRUMBS}>
      <Fetched result={result} label="The media file" onRetry={reread}>
        {() => null}
      </Fetched>
    </Page>
  )
}

function Known({ file, onChange }: { file: MediaFileDetails; onChange: () => void }) {
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
            Change documents
          </Button>
          <LinkButton
            icon={<Layers aria-hidden size={16} />}
            to="/batches/new"
            state={{ batchSources: { guids: [guid] } }}
          >
            Make a batch
          </LinkButton>
        </>
      }
    >
      <Panel>
        <Facts
          facts={[
            {
              name: 'Collections',
              value:
                collections.length === 0 ? (
                  'In none'
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
                  {madeBy(newestMmif)}
                </Link>
              ) : (
                'None yet'
              ),
            },
            { name: 'Added', value: <Time at={file.createdAt} /> },
          ]}
        />
      </Panel>
      <Panel title="Documents" flush>
        <Documents documents={file.documents} />
      </Panel>
      <div className={styles.tabs}>
        <Tabs
          label="What there is of it"
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
