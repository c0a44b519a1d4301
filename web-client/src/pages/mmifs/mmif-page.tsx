import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { useQuery } from 'urql'
import { DescriptionList, type DescriptionItem } from '../../components/description-list'
import { ErrorState } from '../../components/error-state'
import { QueryResult } from '../../components/query-result'
import { AnchorButton } from '../../components/link-button'
import { NotFound } from '../../components/not-found'
import { Page, type Crumb } from '../../components/page'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import { BatchRunLink, FileRunLink } from '../../components/run-link'
import { Tabs } from '../../components/tabs'
import { RelativeTime } from '../../components/relative-time'
import { graphql } from '../../lib/graphql'
import { formatBytes, formatCount, pluralize } from '../../lib/format'
import { originLabel } from './mmif-origin'
import { MmifFields, type MmifRow } from './mmif-fields'
import styles from './mmif-page.module.css'
import { mmifRoute, type MmifSearch } from './mmif-route'
import { Overview } from './viewer/overview'
import { JsonView } from './viewer/json-view'
import { useMmif, type MmifState } from './viewer/mmif-reader'
import { TextsView } from './viewer/texts-view'

const MmifQuery = graphql(`query Mmif($id: ID!) { mmif(id: $id) { ...MmifFields sha256 } }`, [MmifFields])

export function MmifPage() {
  const { mmifId } = mmifRoute.useParams()
  const [result, executeQuery] = useQuery({ query: MmifQuery, variables: { id: mmifId }, requestPolicy: 'cache-first' })
  const mmif = result.data?.mmif
  if (mmif) return <LoadedMmif key={mmif.id} mmif={mmif} />
  if (mmif === null && !result.fetching) return <NotFound what={`MMIF ${mmifId}`} />
  return (
    <Page title="MMIF" crumbs={[{ label: 'MMIF', link: { to: '/mmifs' } }]}>
      <QueryResult result={result} label="The MMIF" onRetry={() => executeQuery({ requestPolicy: 'network-only' })}>
        {() => null}
      </QueryResult>
    </Page>
  )
}

function LoadedMmif({ mmif }: { mmif: MmifRow }) {
  const [attempt, setAttempt] = useState(0)
  const state = useMmif(mmif.id, attempt)
  const { guid } = mmif.mediaFile
  const crumbs: Crumb[] = [
    { label: 'Media', link: { to: '/media' } },
    { label: guid, link: { to: '/media/$guid', params: { guid } } },
  ]
  return (
    <Page
      title={`MMIF: ${originLabel(mmif)}`}
      crumbs={crumbs}
      actions={
        <AnchorButton icon={<Download aria-hidden size={16} />} href={`/mmif/${mmif.id}`} download={`${guid}.mmif`}>
          Download, {formatBytes(mmif.size)}
        </AnchorButton>
      }
    >
      <Panel>
        <DescriptionList facts={factsOf(mmif, state)} />
      </Panel>
      <div className={styles.content}>
        <Content state={state} onRetry={() => setAttempt(attempt + 1)} />
      </div>
    </Page>
  )
}

function factsOf(mmif: MmifRow, state: MmifState): DescriptionItem[] {
  const { step } = mmif
  const facts: DescriptionItem[] = [
    {
      name: 'Media file',
      value: (
        <Link to="/media/$guid" params={{ guid: mmif.mediaFile.guid }}>
          {mmif.mediaFile.guid}
        </Link>
      ),
    },
    { name: 'Created', value: <RelativeTime at={mmif.createdAt} /> },
  ]
  if (step) {
    const { id, batchRun } = step.pipelineRun
    facts.push(
      { name: 'Batch run', value: <BatchRunLink id={batchRun.id}>{batchRun.batch.name}</BatchRunLink> },
      { name: 'Step', value: <FileRunLink id={id}>{`${step.position}: ${step.app.name}`}</FileRunLink> },
    )
  }
  if (state.step === 'ready') {
    const { version, views } = state.summary
    const failed = views.filter(({ error }) => error !== null).length
    const annotations = views.reduce((sum, view) => sum + view.annotations, 0)
    facts.push(
      { name: 'MMIF version', value: version ?? 'Unknown' },
      { name: 'Views', value: failed > 0 ? `${views.length}, ${failed} with an error` : String(views.length) },
      { name: 'Annotations', value: formatCount(annotations) },
    )
  }
  return facts
}

function Content({ state, onRetry }: { state: MmifState; onRetry: () => void }) {
  const { tab = 'overview', find = '', view = null } = mmifRoute.useSearch()
  const navigate = mmifRoute.useNavigate()
  const change = (part: Partial<MmifSearch>) =>
    void navigate({ search: (current) => ({ ...current, ...part }), replace: true, resetScroll: false })
  switch (state.step) {
    case 'failed':
      return <ErrorState title="Can’t show the MMIF" message={state.message} onRetry={onRetry} />
    case 'reading':
      return <DownloadProgress bytes={state.bytes} size={state.size} />
    case 'ready': {
      const { summary, reader } = state
      const texts = summary.views.reduce((sum, each) => sum + each.texts, 0)
      return (
        <Tabs
          label="MMIF content"
          chosen={tab}
          onChoose={(next) => void navigate({ search: { tab: next }, resetScroll: false })}
          tabs={[
            { value: 'overview', label: 'Overview', content: <Overview summary={summary} /> },
            {
              value: 'texts',
              label: texts > 0 ? pluralize(texts, 'text') : 'Texts',
              content: (
                <Panel flush>
                  <TextsView reader={reader} views={summary.views} view={view} find={find} onChange={change} />
                </Panel>
              ),
            },
            {
              value: 'json',
              label: 'JSON',
              content: (
                <Panel flush>
                  <JsonView reader={reader} find={find} onFind={(text) => change({ find: text || undefined })} />
                </Panel>
              ),
            },
          ]}
        />
      )
    }
  }
}

function DownloadProgress({ bytes, size }: { bytes: number; size: number | null }) {
  const complete = size !== null && bytes >= size
  return (
    <Panel>
      <div className={styles.reading} role="status">
        <p>
          {complete
            ? `Downloaded ${formatBytes(bytes)}. Reading the MMIF …`
            : `Downloaded ${formatBytes(bytes)}${size === null ? '' : ` of ${formatBytes(size)}`} …`}
        </p>
        <ProgressBar label="Download" percent={size ? (100 * bytes) / size : 0} />
      </div>
    </Panel>
  )
}
