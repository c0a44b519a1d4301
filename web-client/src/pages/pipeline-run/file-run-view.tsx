import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ActionDialog, type Request } from '../../components/run-actions/action-dialog'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { StatusChip } from '../../components/status-chip'
import { RelativeTime } from '../../components/relative-time'
import { useStaleSince } from '../../lib/subscriptions'
import { FileButtons } from './file-buttons'
import styles from './file-run-view.module.css'
import { MediaDocuments } from './media-documents'
import { MmifHistory } from './mmif-history'
import type { FileRunData } from './pipeline-run-queries'
import { StepSection } from './step-section'

export function FileRunView({ run }: { run: FileRunData }) {
  const staleSince = useStaleSince()
  const [request, setRequest] = useState<Request | null>(null)
  const { batch, pipeline, id: batchRun } = run.batchRun
  const { guid } = run.mediaFile
  return (
    <Page
      title={guid}
      crumbs={[
        { label: 'Batch runs', link: { to: '/batch-runs' } },
        { label: batch.name, link: { to: '/batch-runs/$id', params: { id: batchRun } } },
      ]}
      beside={
        <>
          <StatusChip status={run.status} still={staleSince !== null} />
          {run.paused && <StatusChip status="PAUSED" />}
        </>
      }
      about={
        <>
          <Link to="/media/$guid" params={{ guid }}>
            Media file
          </Link>{' '}
          in pipeline {pipeline.name}, version {pipeline.version} · started{' '}
          <RelativeTime at={run.createdAt} />
        </>
      }
      actions={<FileButtons run={run} onRequest={setRequest} />}
    >
      <div className={styles.columns}>
        <ol className={styles.steps} aria-label="Steps">
          {run.steps.map((step) => (
            <li key={step.id}>
              <StepSection step={step} guid={guid} staleSince={staleSince} />
            </li>
          ))}
        </ol>
        <div className={styles.beside}>
          <Panel title="MMIF results" flush>
            <MmifHistory run={run} />
          </Panel>
          <Panel title="Media">
            <MediaDocuments file={run.mediaFile} />
          </Panel>
        </div>
      </div>
      {request && (
        <ActionDialog request={request} apps={run.steps.map(({ app }) => app.name)} onClose={() => setRequest(null)} />
      )}
    </Page>
  )
}
