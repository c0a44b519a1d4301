import { useCallback } from 'react'
import { useQuery } from 'urql'
import { ErrorState } from '../../components/error-state'
import { Loading } from '../../components/loading'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { useActiveRuns } from '../../lib/active-runs'
import { problemOf } from '../../lib/client'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { useRunFeed } from '../../lib/run-feed'
import { FileRunView } from './file-run-view'
import { ChangedFiles, FileRun, type FileRunData } from './pipeline-run-queries'
import { pipelineRunRoute } from './route'

export function PipelineRunPage() {
  const { id } = pipelineRunRoute.useParams()
  const [{ data, error }, execute] = useQuery({ query: FileRun, variables: { id }, requestPolicy: 'network-only' })
  const refetch = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute])
  useRefetchOnChange(String(useActiveRuns().gaps), refetch)
  const run = data?.pipelineRun
  if (error && !data) {
    return (
      <Page title="Pipeline run">
        <ErrorState message={problemOf(error).message} onRetry={refetch} />
      </Page>
    )
  }
  if (!data) {
    return (
      <Page title="Pipeline run">
        <Loading lines={10} />
      </Page>
    )
  }
  if (!run) return <NotFound what={`pipeline run ${id}`} />
  return <LiveFile key={id} run={run} onChange={refetch} />
}

/** Reads the file again when the feed of the batch run reports a change of it. */
function LiveFile({ run, onChange }: { run: FileRunData; onChange: () => void }) {
  const { id: batchRunId, cursor } = run.batchRun
  const active = useActiveRuns().data?.activeBatchRuns.some(({ id }) => id === batchRunId) ?? false
  useRunFeed(ChangedFiles, batchRunId, active, cursor, ({ pipelineRuns: page }) => {
    if (page.pipelineRuns.some(({ id }) => id === run.id)) onChange()
    return page
  })
  return <FileRunView run={run} />
}
