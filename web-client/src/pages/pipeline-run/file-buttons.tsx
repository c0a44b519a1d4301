import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { Button } from '../../components/button'
import type { Request } from '../../components/run-actions/action-dialog'
import { useRunAction } from '../../components/run-actions/use-run-action'
import { useStaleSince } from '../../lib/subscriptions'
import type { FileRunData } from './pipeline-run-queries'

/** What can be done with the one file, while it is known how it is. What can be taken back is done at once. */
export function FileButtons({ run, onAsk }: { run: FileRunData; onAsk: (request: Request) => void }) {
  const { busy, act } = useRunAction()
  const stale = useStaleSince() !== null
  const files = { ids: [run.id] }
  const over = run.endedAt !== null
  return (
    <>
      {!over && run.paused && (
        <Button
          kind="primary"
          busy={busy}
          disabled={stale}
          icon={<Play aria-hidden size={16} />}
          onClick={() => act({ kind: 'resume-files', files }, 'It does not go on')}
        >
          Resume
        </Button>
      )}
      {!over && !run.paused && (
        <Button
          busy={busy}
          disabled={stale}
          icon={<Pause aria-hidden size={16} />}
          onClick={() => act({ kind: 'pause-files', files }, 'It was not paused')}
        >
          Pause
        </Button>
      )}
      {over && (
        <Button
          disabled={stale}
          icon={<RotateCcw aria-hidden size={16} />}
          onClick={() => onAsk({ kind: 'retry-files', files })}
        >
          Retry …
        </Button>
      )}
      {!over && (
        <Button
          kind="danger"
          disabled={stale}
          icon={<Ban aria-hidden size={16} />}
          onClick={() => onAsk({ kind: 'cancel-files', files })}
        >
          Cancel …
        </Button>
      )}
    </>
  )
}
