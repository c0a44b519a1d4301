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
  const [{ data, error }, ask] = useQuery({ query: FileRun, variables: { id }, requestPolicy: 'network-only' })
  const again = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask])
  useRefetchOnChange(String(useActiveRuns().gaps), again)
  const run = data?.pipelineRun
  if (error && !data) {
    return (
      <Page title="File in a run">
        <ErrorState message={problemOf(error).message} onRetry={again} />
      </Page>
    )
  }
  if (!data) {
    return (
      <Page title="File in a run">
        <Loading lines={10} />
      </Page>
    )
  }
  if (!run) return <NotFound what={`run of a file ${id}`} />
  return <LiveFile key={id} run={run} onChange={again} />
}

/** Asked for anew whenever the batch run's feed says that this file has changed. */
function LiveFile({ run, onChange }: { run: FileRunData; onChange: () => void }) {
  const { id: batchRunId, cursor } = run.batchRun
  const active = useActiveRuns().data?.activeBatchRuns.some(({ id }) => id === batchRunId) ?? false
  useRunFeed(ChangedFiles, batchRunId, active, cursor, ({ pipelineRuns: page }) => {
    if (page.pipelineRuns.some(({ id }) => id === run.id)) onChange()
    return page
  })
  return <FileRunView run={run} />
}
