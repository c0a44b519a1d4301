import { useState } from 'react'
import { Failure } from '../../components/failure'
import { Loading } from '../../components/loading'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { BatchRunView } from './batch-run-view'
import { FilesStore } from './files-store'
import { batchRunRoute } from './route'
import { useRunState } from './run-state'

export function BatchRunPage() {
  const { id } = batchRunRoute.useParams()
  return <OneRun key={id} id={id} />
}

function OneRun({ id }: { id: string }) {
  const [store] = useState(() => new FilesStore())
  const { run, active, problem, onRetry } = useRunState(id)
  if (run === null) return <NotFound what={`batch run ${id}`} />
  if (run) return <BatchRunView run={run} active={active} store={store} />
  return (
    <Page title="Batch run">
      {problem === null ? <Loading lines={10} /> : <Failure message={problem} onRetry={onRetry} />}
    </Page>
  )
}
