import { Ban, ChevronsUp, Download, Ellipsis, Pause, Play, RotateCcw } from 'lucide-react'
import { Button } from '../../components/button'
import { Menu, MenuItem } from '../../components/menu'
import type { Request } from '../../components/run-actions/action-dialog'
import { useAction } from '../../components/run-actions/use-action'
import type { Run } from './run-summary'

/** What can be done with the run now. Pause and resume are done at once: they can be taken back. */
export function RunButtons({ run, onAsk }: { run: Run; onAsk: (request: Request) => void }) {
  const { busy, act } = useAction()
  const over = run.endedAt !== null
  return (
    <>
      {!over && run.status === 'PAUSED' && (
        <Button kind="primary" busy={busy} icon={<Play aria-hidden size={16} />} onClick={() => act({ kind: 'resume', run: run.id }, 'It does not go on')}>
          Resume
        </Button>
      )}
      {!over && run.status !== 'PAUSED' && (
        <Button busy={busy} icon={<Pause aria-hidden size={16} />} onClick={() => act({ kind: 'pause', run: run.id }, 'It was not paused')}>
          Pause
        </Button>
      )}
      {run.counts.failed + run.counts.canceled > 0 && (
        <Button icon={<RotateCcw aria-hidden size={16} />} onClick={() => onAsk({ kind: 'retry', run: run.id })}>
          Retry …
        </Button>
      )}
      {!over && (
        <Button kind="danger" icon={<Ban aria-hidden size={16} />} onClick={() => onAsk({ kind: 'cancel', run: run.id })}>
          Cancel …
        </Button>
      )}
      <Menu trigger={<Button aria-label="More" icon={<Ellipsis aria-hidden size={18} />} />}>
        <MenuItem
          icon={<Download aria-hidden size={16} />}
          disabled={run.counts.finished === 0}
          onChoose={() => location.assign(`/batch-runs/${run.id}/mmif.zip`)}
        >
          Download all MMIF
        </MenuItem>
        <MenuItem
          icon={<ChevronsUp aria-hidden size={16} />}
          disabled={over}
          onChoose={() => onAsk({ kind: 'prioritize', run: run.id, priority: run.priority })}
        >
          Priority …
        </MenuItem>
      </Menu>
    </>
  )
}
