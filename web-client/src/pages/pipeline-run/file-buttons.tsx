import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { Button } from '../../components/button'
import type { Request } from '../../components/run-actions/action-dialog'
import { useAction } from '../../components/run-actions/use-action'
import type { FileRunData } from './operations'

/** What can be done with the one file now. Pause and resume are done at once: they can be taken back. */
export function FileButtons({ run, onAsk }: { run: FileRunData; onAsk: (request: Request) => void }) {
  const { busy, act } = useAction()
  const files = { ids: [run.id] }
  const over = run.endedAt !== null
  return (
    <>
      {!over && run.paused && (
        <Button
          kind="primary"
          busy={busy}
          icon={<Play aria-hidden size={16} />}
          onClick={() => act({ kind: 'resume-files', files }, 'It does not go on')}
        >
          Resume
        </Button>
      )}
      {!over && !run.paused && (
        <Button
          busy={busy}
          icon={<Pause aria-hidden size={16} />}
          onClick={() => act({ kind: 'pause-files', files }, 'It was not paused')}
        >
          Pause
        </Button>
      )}
      {over && (
        <Button icon={<RotateCcw aria-hidden size={16} />} onClick={() => onAsk({ kind: 'retry-files', files })}>
          Retry …
        </Button>
      )}
      {!over && (
        <Button
          kind="danger"
          icon={<Ban aria-hidden size={16} />}
          onClick={() => onAsk({ kind: 'cancel-files', files })}
        >
          Cancel …
        </Button>
      )}
    </>
  )
}
