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
  onAsk: (request: Request) => void
}

/** What can be done with the chosen files, while it is known how they are. */
export function FileActions({ run, filter, selection, onAsk }: FileActionsProps) {
  const stale = useStaleSince() !== null
  const files: ChosenFiles = selection.all ? { filter: asAsked(run, filter) } : { ids: [...selection.keys] }
  return (
    <>
      <Button small disabled={stale} icon={<RotateCcw aria-hidden size={15} />} onClick={() => onAsk({ kind: 'retry-files', files })}>
        Retry …
      </Button>
      <Button small disabled={stale} icon={<Pause aria-hidden size={15} />} onClick={() => onAsk({ kind: 'pause-files', files })}>
        Pause …
      </Button>
      <Button small disabled={stale} icon={<Play aria-hidden size={15} />} onClick={() => onAsk({ kind: 'resume-files', files })}>
        Resume …
      </Button>
      <Button small disabled={stale} kind="danger" icon={<Ban aria-hidden size={15} />} onClick={() => onAsk({ kind: 'cancel-files', files })}>
        Cancel …
      </Button>
    </>
  )
}

/** The same filter, for the server to find all that match, also those that change meanwhile. */
function asAsked(run: string, { statuses, code, text }: FileFilter): FileFilterInput {
  return {
    batchRuns: [run],
    ...(statuses.length > 0 && { status: [...statuses] }),
    ...(code !== undefined && { errorCodes: [code as NonNullable<FileFilterInput['errorCodes']>[number]] }),
    ...(text !== undefined && { text }),
  }
}
