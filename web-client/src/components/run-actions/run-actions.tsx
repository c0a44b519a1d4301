import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import type { RunStatus } from '../../lib/graphql'
import { useStaleSince } from '../../lib/subscriptions'
import { Button } from '../button'
import { ActionDialog, type Request } from './action-dialog'
import { useRunAction } from './use-run-action'

interface RunActionsProps {
  run: { id: string; status: RunStatus; counts: { failed: number; canceled: number } }
  /** Name of the batch, for the buttons' labels. */
  name: string
  /** The apps of its steps, in order. A retry can start from any of them. */
  apps: string[]
  small?: boolean
}

/** The actions on a batch run, disabled while the page is stale. Pause and resume need no confirmation. */
export function RunActions({ run, name, apps, small = true }: RunActionsProps) {
  const [request, setRequest] = useState<Request | null>(null)
  const { busy, act } = useRunAction()
  const stale = useStaleSince() !== null
  const active = run.status === 'WAITING' || run.status === 'RUNNING' || run.status === 'PAUSED'
  const unsuccessful = run.counts.failed + run.counts.canceled > 0
  const icon = { 'aria-hidden': true, size: small ? 15 : 16 } as const
  return (
    <>
      {run.status === 'PAUSED' && (
        <Button
          small={small}
          icon={<Play {...icon} />}
          busy={busy}
          disabled={stale}
          aria-label={`Resume ${name}`}
          onClick={() => act({ kind: 'resume', run: run.id }, 'Can’t resume the run')}
        >
          Resume
        </Button>
      )}
      {active && run.status !== 'PAUSED' && (
        <Button
          small={small}
          icon={<Pause {...icon} />}
          busy={busy}
          disabled={stale}
          aria-label={`Pause ${name}`}
          onClick={() => act({ kind: 'pause', run: run.id }, 'Can’t pause the run')}
        >
          Pause
        </Button>
      )}
      {unsuccessful && (
        <Button
          small={small}
          icon={<RotateCcw {...icon} />}
          disabled={stale}
          aria-label={`Retry ${name}`}
          onClick={() => setRequest({ kind: 'retry', run: run.id, name })}
        >
          Retry
        </Button>
      )}
      {active && (
        <Button
          small={small}
          icon={<Ban {...icon} />}
          disabled={stale}
          aria-label={`Cancel ${name}`}
          onClick={() => setRequest({ kind: 'cancel', run: run.id, name })}
        >
          Cancel
        </Button>
      )}
      {request && <ActionDialog request={request} apps={apps} onClose={() => setRequest(null)} />}
    </>
  )
}
