import { Ban, ChevronsUp, Download, Ellipsis, Pause, Play, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button'
import { Menu, MenuItem } from '../../components/menu'
import { tell, tellFailure } from '../../components/toast'
import type { Request } from './action-dialog'
import { perform } from './run-actions'
import type { Run } from './run-summary'

/** What can be done with the run now. Pause and resume are done at once: they can be taken back. */
export function RunButtons({ run, onAsk }: { run: Run; onAsk: (request: Request) => void }) {
  const [busy, setBusy] = useState(false)
  const over = run.endedAt !== null
  const now = (kind: 'pause' | 'resume') => {
    setBusy(true)
    perform({ kind, run: run.id })
      .then(tell, (error: unknown) =>
        tellFailure(kind === 'pause' ? 'It was not paused' : 'It does not go on', String(error instanceof Error ? error.message : error)),
      )
      .finally(() => setBusy(false))
  }
  return (
    <>
      {!over && run.status === 'PAUSED' && (
        <Button kind="primary" busy={busy} icon={<Play aria-hidden size={16} />} onClick={() => now('resume')}>
          Resume
        </Button>
      )}
      {!over && run.status !== 'PAUSED' && (
        <Button busy={busy} icon={<Pause aria-hidden size={16} />} onClick={() => now('pause')}>
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
