import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { Button } from '../../components/button'
import { useStaleSince } from '../../lib/subscriptions'
import type { Selection } from '../../lib/selection'
import type { Request } from '../../components/run-actions/action-dialog'
import type { ChosenFiles, FileFilterInput } from '../../components/run-actions/run-action'
import type { FileFilter } from './shown-files'

interface FileActionsProps {
  run: string
  filter: FileFilter
  selection: Selection
  onRequest: (request: Request) => void
}

/** Bulk actions for the selected files. Disabled while the data is stale. */
export function FileActions({ run, filter, selection, onRequest }: FileActionsProps) {
  const stale = useStaleSince() !== null
  const files: ChosenFiles = selection.all ? { filter: filterInput(run, filter) } : { ids: [...selection.keys] }
  return (
    <>
      <Button small disabled={stale} icon={<RotateCcw aria-hidden size={15} />} onClick={() => onRequest({ kind: 'retry-files', files })}>
        Retry …
      </Button>
      <Button small disabled={stale} icon={<Pause aria-hidden size={15} />} onClick={() => onRequest({ kind: 'pause-files', files })}>
        Pause …
      </Button>
      <Button small disabled={stale} icon={<Play aria-hidden size={15} />} onClick={() => onRequest({ kind: 'resume-files', files })}>
        Resume …
      </Button>
      <Button small disabled={stale} kind="danger" icon={<Ban aria-hidden size={15} />} onClick={() => onRequest({ kind: 'cancel-files', files })}>
        Cancel …
      </Button>
    </>
  )
}

/** The filter as the API takes it: the server also includes files that have changed since. */
function filterInput(run: string, { statuses, code, text }: FileFilter): FileFilterInput {
  return {
    batchRuns: [run],
    ...(statuses.length > 0 && { status: [...statuses] }),
    ...(code !== undefined && { errorCodes: [code as NonNullable<FileFilterInput['errorCodes']>[number]] }),
    ...(text !== undefined && { text }),
  }
}
