import { Ban, Pause, Play, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { change, Outcome, previewOf, type BulkMutation } from '../lib/bulk'
import { graphql, type RunStatus } from '../lib/graphql'
import { Button } from './button'
import { ConfirmDialog } from './confirm-dialog'
import { tell, tellFailure } from './toast'

const PauseRuns = graphql(
  `
    mutation PauseBatchRuns($ids: [ID!]!, $dryRun: Boolean!) {
      outcome: pauseBatchRuns(ids: $ids, dryRun: $dryRun) {
        ...Outcome
      }
    }
  `,
  [Outcome],
)

const ResumeRuns = graphql(
  `
    mutation ResumeBatchRuns($ids: [ID!]!, $dryRun: Boolean!) {
      outcome: resumeBatchRuns(ids: $ids, dryRun: $dryRun) {
        ...Outcome
      }
    }
  `,
  [Outcome],
)

const CancelRuns = graphql(
  `
    mutation CancelBatchRuns($ids: [ID!]!, $dryRun: Boolean!) {
      outcome: cancelBatchRuns(ids: $ids, dryRun: $dryRun) {
        ...Outcome
      }
    }
  `,
  [Outcome],
)

const RetryRuns = graphql(
  `
    mutation RetryBatchRuns($ids: [ID!]!, $dryRun: Boolean!) {
      outcome: retryBatchRuns(ids: $ids, dryRun: $dryRun) {
        ...Outcome
      }
    }
  `,
  [Outcome],
)

interface RunActionsProps {
  run: { id: string; status: RunStatus; counts: { failed: number; canceled: number } }
  /** Of its batch: what a screen reader calls each button's object. */
  name: string
  /** It is not known how it is now: nothing can be done that rests on it. */
  stale?: boolean
}

/** What can be done with a batch run as it is: pause or resume, cancel, retry. */
export function RunActions({ run, name, stale = false }: RunActionsProps) {
  const [asked, setAsked] = useState<'cancel' | 'retry' | null>(null)
  const [busy, setBusy] = useState(false)
  const ids = { ids: [run.id] }
  const unended = run.status === 'WAITING' || run.status === 'RUNNING' || run.status === 'PAUSED'
  const unsuccessful = run.counts.failed + run.counts.canceled > 0

  const now = async (mutation: BulkMutation<{ ids: string[] }>, failure: string) => {
    setBusy(true)
    try {
      tell(await change(mutation, ids))
    } catch (error) {
      tellFailure(failure, error instanceof Error ? error.message : String(error))
    }
    setBusy(false)
  }

  return (
    <>
      {run.status === 'PAUSED' && (
        <Button
          small
          icon={<Play aria-hidden size={15} />}
          busy={busy}
          disabled={stale}
          aria-label={`Resume ${name}`}
          onClick={() => void now(ResumeRuns, 'It was not resumed')}
        >
          Resume
        </Button>
      )}
      {unended && run.status !== 'PAUSED' && (
        <Button
          small
          icon={<Pause aria-hidden size={15} />}
          busy={busy}
          disabled={stale}
          aria-label={`Pause ${name}`}
          onClick={() => void now(PauseRuns, 'It was not paused')}
        >
          Pause
        </Button>
      )}
      {unsuccessful && (
        <Button
          small
          icon={<RotateCcw aria-hidden size={15} />}
          disabled={stale}
          aria-label={`Retry ${name}`}
          onClick={() => setAsked('retry')}
        >
          Retry
        </Button>
      )}
      {unended && (
        <Button
          small
          icon={<Ban aria-hidden size={15} />}
          disabled={stale}
          aria-label={`Cancel ${name}`}
          onClick={() => setAsked('cancel')}
        >
          Cancel
        </Button>
      )}
      {asked === 'cancel' && (
        <ConfirmDialog
          title={`Cancel “${name}”?`}
          verb="Cancel it"
          danger
          preview={() => previewOf(CancelRuns, ids)}
          onConfirm={async () => tell(await change(CancelRuns, ids))}
          onClose={() => setAsked(null)}
        />
      )}
      {asked === 'retry' && (
        <ConfirmDialog
          title={`Retry what failed in “${name}”?`}
          verb="Retry"
          preview={() => previewOf(RetryRuns, ids)}
          onConfirm={async () => tell(await change(RetryRuns, ids))}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  )
}
