import { useState } from 'react'
import { showToast, showErrorToast } from '../toast'
import { performAction, type RunAction } from './run-action'

/** Performs an action without confirmation, and reports the result in a toast. */
export function useRunAction(): { busy: boolean; act: (action: RunAction, errorTitle: string) => void } {
  const [busy, setBusy] = useState(false)
  const act = (action: RunAction, errorTitle: string) => {
    setBusy(true)
    performAction(action)
      .then(showToast, (error: unknown) => showErrorToast(errorTitle, error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false))
  }
  return { busy, act }
}
