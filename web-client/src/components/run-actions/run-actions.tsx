import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import type { RunStatus } from '../../lib/graphql'
import { useStaleSince } from '../../lib/subscriptions'
import { Button } from '../button'
import { ActionDialog, type Request } from './action-dialog'
import { useRunAction } from './use-run-action'

interface RunActionsProps {
  run: { id: string; status: RunStatus; counts: { failed: number; canceled: number } }
  /** Of its batch: what a screen reader calls each button's object. */
  name: string
  /** Of its steps, in order: a retry may go back to one. */
  apps: string[]
  small?: boolean
}

/** What can be done with a batch run as it is, while that is known. What can be taken back is done at once. */
export function RunActions({ run, name, apps, small = true }: RunActionsProps) {
  const [asked, setAsked] = useState<Request | null>(null)
  const { busy, act } = useRunAction()
  const stale = useStaleSince() !== null
  const unended = run.status === 'WAITING' || run.status === 'RUNNING' || run.status === 'PAUSED'
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
          onClick={() => act({ kind: 'resume', run: run.id }, 'It was not resumed')}
        >
          Resume
        </Button>
      )}
      {unended && run.status !== 'PAUSED' && (
        <Button
          small={small}
          icon={<Pause {...icon} />}
          busy={busy}
          disabled={stale}
          aria-label={`Pause ${name}`}
          onClick={() => act({ kind: 'pause', run: run.id }, 'It was not paused')}
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
          onClick={() => setAsked({ kind: 'retry', run: run.id, name })}
        >
          Retry
        </Button>
      )}
      {unended && (
        <Button
          small={small}
          icon={<Ban {...icon} />}
          disabled={stale}
          aria-label={`Cancel ${name}`}
          onClick={() => setAsked({ kind: 'cancel', run: run.id, name })}
        >
          Cancel
        </Button>
      )}
      {asked && <ActionDialog request={asked} apps={apps} onClose={() => setAsked(null)} />}
    </>
  )
}
