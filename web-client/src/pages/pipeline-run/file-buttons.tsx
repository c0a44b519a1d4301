import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { Button } from '../../components/button'
import type { Request } from '../../components/run-actions/action-dialog'
import { useRunAction } from '../../components/run-actions/use-run-action'
import { useStaleSince } from '../../lib/subscriptions'
import type { FileRunData } from './pipeline-run-queries'

/** Actions for the file, disabled while the data is stale. Reversible actions need no confirmation. */
export function FileButtons({ run, onRequest }: { run: FileRunData; onRequest: (request: Request) => void }) {
  const { busy, act } = useRunAction()
  const stale = useStaleSince() !== null
  const files = { ids: [run.id] }
  const ended = run.endedAt !== null
  return (
    <>
      {!ended && run.paused && (
        <Button
          kind="primary"
          busy={busy}
          disabled={stale}
          icon={<Play aria-hidden size={16} />}
          onClick={() => act({ kind: 'resume-files', files }, 'Could not resume')}
        >
          Resume
        </Button>
      )}
      {!ended && !run.paused && (
        <Button
          busy={busy}
          disabled={stale}
          icon={<Pause aria-hidden size={16} />}
          onClick={() => act({ kind: 'pause-files', files }, 'Could not pause')}
        >
          Pause
        </Button>
      )}
      {ended && (
        <Button
          disabled={stale}
          icon={<RotateCcw aria-hidden size={16} />}
          onClick={() => onRequest({ kind: 'retry-files', files })}
        >
          Retry …
        </Button>
      )}
      {!ended && (
        <Button
          kind="danger"
          disabled={stale}
          icon={<Ban aria-hidden size={16} />}
          onClick={() => onRequest({ kind: 'cancel-files', files })}
        >
          Cancel …
        </Button>
      )}
    </>
  )
}
