import { Link } from '@tanstack/react-router'
import { Copy, Download, Play } from 'lucide-react'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { Facts } from '../../components/facts'
import { Fetched } from '../../components/fetched'
import { AnchorButton, LinkButton } from '../../components/link-button'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import { LazyStartDialog } from '../../components/start-dialog/lazy-start-dialog'
import { StatusChip } from '../../components/status-chip'
import { Tabs } from '../../components/tabs'
import { Time } from '../../components/time'
import { useNewestRuns, type NewestRuns } from '../../lib/newest-runs'
import { useReread } from '../../lib/reread'
import { count, percent } from '../../lib/words'
import { BatchInputs, BatchResults } from './batch-mmifs'
import { BatchMenu } from './batch-menu'
import styles from './batch-page.module.css'
import { BatchQuery, type BatchDetails } from './batch-query'
import { batchRoute } from './batch-route'
import { BatchRuns } from './batch-runs'
import { NotStarted } from './not-started'

const CRUMBS = [{ label: 'Batches', link: { to: '/batches' as const } }]

export function BatchPage() {
  const { batchId } = batchRoute.useParams()
  const [result, ask] = useQuery({ query: BatchQuery, variables: { id: batchId } })
  const reread = () => ask({ requestPolicy: 'network-only' })
  const active = useNewestRuns()
  useReread(active.which, reread)
  const batch = result.data?.batch
  if (batch) return <Known batch={batch} active={active} onChange={reread} />
  if (batch === null && !result.fetching) return <NotFound what={`batch ${batchId}`} />
  return (
    <Page title="Batch" crumbs={CRUMBS}>
      <Fetched result={result} label="The batch" onRetry={reread}>
        {() => null}
      </Fetched>
    </Page>
  )
}

function Known({ batch, active, onChange }: { batch: BatchDetails; active: NewestRuns; onChange: () => void }) {
  const { tab = 'runs' } = batchRoute.useSearch()
  const navigate = batchRoute.useNavigate()
  const [starting, setStarting] = useState(false)
  const run = active.ofBatch(batch.id) ?? batch.lastRun
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
        <Facts
          facts={[
            {
              name: 'Media files',
              value: (
                <Link to="/media" search={{ batch: batch.id }}>
                  {count(batch.mediaFileCount)}
                </Link>
              ),
            },
            { name: 'Pipeline', value: batch.pipeline?.name ?? 'None yet' },
            { name: 'Files ended', value: percent(batch.percentFinished) },
            { name: 'Successful', value: percent(batch.percentSuccessful) },
            { name: 'Made', value: <Time at={batch.createdAt} /> },
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
          label="What there is of it"
          chosen={tab}
          onChoose={(next) => void navigate({ search: { tab: next } })}
          tabs={[
            { value: 'runs', label: 'Runs', content: <BatchRuns id={batch.id} active={active} /> },
            { value: 'not-started', label: 'Not started', content: <NotStarted id={batch.id} /> },
            { value: 'inputs', label: 'Inputs', content: <BatchInputs id={batch.id} /> },
            { value: 'results', label: 'Results', content: <BatchResults id={batch.id} /> },
          ]}
        />
      </div>
      {starting && <LazyStartDialog batch={batch} onClose={() => setStarting(false)} />}
    </Page>
  )
}
