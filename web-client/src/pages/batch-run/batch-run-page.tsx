import { useState } from 'react'
import { ErrorState } from '../../components/error-state'
import { Loading } from '../../components/loading'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { BatchRunView } from './batch-run-view'
import { FilesStore } from './files-store'
import { batchRunRoute } from './route'
import { useBatchRun } from './batch-run-query'

export function BatchRunPage() {
  const { id } = batchRunRoute.useParams()
  return <OneRun key={id} id={id} />
}

function OneRun({ id }: { id: string }) {
  const [store] = useState(() => new FilesStore())
  const { run, active, problem, onRetry } = useBatchRun(id)
  if (run === null) return <NotFound what={`batch run ${id}`} />
  if (run) return <BatchRunView run={run} active={active} store={store} />
  return (
    <Page title="Batch run">
      {problem === null ? <Loading lines={10} /> : <ErrorState message={problem} onRetry={onRetry} />}
    </Page>
  )
}
