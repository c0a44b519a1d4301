import { ChevronsUp, Download, Ellipsis } from 'lucide-react'
import { Button } from '../../components/button'
import { Menu, MenuItem } from '../../components/menu'
import type { Request } from '../../components/run-actions/action-dialog'
import { useStaleSince } from '../../lib/subscriptions'

interface RunMenuProps {
  run: { id: string; priority: number; endedAt: string | null; hasResults: boolean }
  onRequest: (request: Request) => void
}

/** Rarely used actions for a run. */
export function RunMenu({ run, onRequest }: RunMenuProps) {
  const stale = useStaleSince() !== null
  return (
    <Menu trigger={<Button aria-label="More" icon={<Ellipsis aria-hidden size={18} />} />}>
      <MenuItem
        icon={<Download aria-hidden size={16} />}
        disabled={!run.hasResults}
        onChoose={() => location.assign(`/batch-runs/${run.id}/mmif.zip`)}
      >
        Download all MMIF
      </MenuItem>
      <MenuItem
        icon={<ChevronsUp aria-hidden size={16} />}
        disabled={stale || run.endedAt !== null}
        onChoose={() => onRequest({ kind: 'prioritize', run: run.id, priority: run.priority })}
      >
        Set priority …
      </MenuItem>
    </Menu>
  )
}
