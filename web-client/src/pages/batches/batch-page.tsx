import { Link } from '@tanstack/react-router'
import { Copy, Download, Play } from 'lucide-react'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { DescriptionList } from '../../components/description-list'
import { QueryResult } from '../../components/query-result'
import { AnchorButton, LinkButton } from '../../components/link-button'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import { LazyStartDialog } from '../../components/start-dialog/lazy-start-dialog'
import { StatusChip } from '../../components/status-chip'
import { Tabs } from '../../components/tabs'
import { RelativeTime } from '../../components/relative-time'
import { useLiveRuns, type LiveRuns } from '../../lib/live-runs'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { formatCount, formatPercent } from '../../lib/format'
import { BatchInputs, BatchResults } from './batch-mmifs'
import { BatchMenu } from './batch-menu'
import styles from './batch-page.module.css'
import { BatchQuery, type BatchDetails } from './batch-query'
import { batchRoute } from './batch-route'
import { BatchRuns } from './batch-runs'
import { NotStartedFiles } from './not-started-files'

const CRUMBS = [{ label: 'Batches', link: { to: '/batches' as const } }]

export function BatchPage() {
  const { batchId } = batchRoute.useParams()
  const [result, executeQuery] = useQuery({ query: BatchQuery, variables: { id: batchId } })
  const refetch = () => executeQuery({ requestPolicy: 'network-only' })
  const active = useLiveRuns()
  useRefetchOnChange(active.refetchKey, refetch)
  const batch = result.data?.batch
  if (batch) return <LoadedBatch batch={batch} active={active} onChange={refetch} />
  if (batch === null && !result.fetching) return <NotFound what={`batch ${batchId}`} />
  return (
    <Page title="Batch" crumbs={CRUMBS}>
      <QueryResult result={result} label="The batch" onRetry={refetch}>
        {() => null}
      </QueryResult>
    </Page>
  )
}

function LoadedBatch({ batch, active, onChange }: { batch: BatchDetails; active: LiveRuns; onChange: () => void }) {
  const { tab = 'runs' } = batchRoute.useSearch()
  const navigate = batchRoute.useNavigate()
  const [starting, setStarting] = useState(false)
  const run = active.newestOfBatch(batch.id) ?? batch.lastRun
  return (
    <Page
      title={batch.name}
      crumbs={CRUMBS}
      beside={run && <StatusChip status={run.status} still={active.staleSince !== null} />}
      about={batch.description ?? undefined}
      actions={
        <>
          <LinkButton
            icon={<Copy aria-hidden size={16} />}
            to="/batches/new"
            state={{ batchSources: { batchIds: [batch.id] } }}
          >
            Copy
          </LinkButton>
          {batch.lastRun && (
            <AnchorButton icon={<Download aria-hidden size={16} />} href={`/batches/${batch.id}/mmif.zip`} download>
              Results
            </AnchorButton>
          )}
          <Button kind="primary" icon={<Play aria-hidden size={16} />} onClick={() => setStarting(true)}>
            Start
          </Button>
          <BatchMenu batch={batch} onChange={onChange} />
        </>
      }
    >
      <Panel>
        <DescriptionList
          facts={[
            {
              name: 'Media files',
              value: (
                <Link to="/media" search={{ batch: batch.id }}>
                  {formatCount(batch.mediaFileCount)}
                </Link>
              ),
            },
            { name: 'Default pipeline', value: batch.pipeline?.name ?? 'None' },
            { name: 'Done', value: formatPercent(batch.percentFinished) },
            { name: 'Succeeded', value: formatPercent(batch.percentSuccessful) },
            { name: 'Created', value: <RelativeTime at={batch.createdAt} /> },
          ]}
        />
        {run && (
          <div className={styles.bar}>
            <ProgressBar label="Newest run" percent={run.percent} counts={run.counts} />
          </div>
        )}
      </Panel>
      <div className={styles.tabs}>
        <Tabs
          label="Batch details"
          chosen={tab}
          onChoose={(next) => void navigate({ search: { tab: next } })}
          tabs={[
            { value: 'runs', label: 'Runs', content: <BatchRuns id={batch.id} active={active} /> },
            { value: 'not-started', label: 'Not started', content: <NotStartedFiles id={batch.id} /> },
            { value: 'inputs', label: 'Inputs', content: <BatchInputs id={batch.id} /> },
            { value: 'results', label: 'Results', content: <BatchResults id={batch.id} /> },
          ]}
        />
      </div>
      {starting && <LazyStartDialog batch={batch} onClose={() => setStarting(false)} />}
    </Page>
  )
}
