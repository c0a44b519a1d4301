import { useState } from 'react'
import { tell, tellFailure } from '../toast'
import { perform, type Action } from './actions'

/** Does at once what can be taken back, and tells what was done or why not. */
export function useAction(): { busy: boolean; act: (action: Action, notDone: string) => void } {
  const [busy, setBusy] = useState(false)
  const act = (action: Action, notDone: string) => {
    setBusy(true)
    perform(action)
      .then(tell, (error: unknown) => tellFailure(notDone, error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false))
  }
  return { busy, act }
}
