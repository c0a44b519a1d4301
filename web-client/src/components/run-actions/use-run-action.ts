import { useState } from 'react'
import { showToast, showErrorToast } from '../toast'
import { performAction, type RunAction } from './run-action'

/** Does at once what can be taken back, and tells what was done or why not. */
export function useRunAction(): { busy: boolean; act: (action: RunAction, notDone: string) => void } {
  const [busy, setBusy] = useState(false)
  const act = (action: RunAction, notDone: string) => {
    setBusy(true)
    performAction(action)
      .then(showToast, (error: unknown) => showErrorToast(notDone, error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false))
  }
  return { busy, act }
}
