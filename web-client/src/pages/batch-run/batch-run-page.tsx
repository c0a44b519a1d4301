import { useState } from 'react'
import { BatchRunView } from './batch-run-view'
import { FilesStore } from './files-store'
import { batchRunRoute } from './route'

export function BatchRunPage() {
  const { id } = batchRunRoute.useParams()
  return <OneRun key={id} id={id} />
}

/** A run that has ended and is retried is live again: then it is asked for anew, and what is known stays. */
function OneRun({ id }: { id: string }) {
  const [store] = useState(() => new FilesStore())
  const [start, setStart] = useState(0)
  return <BatchRunView key={start} id={id} store={store} onAlive={() => setStart((known) => known + 1)} />
}
