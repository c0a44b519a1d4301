import { useEffect, useState } from 'react'
import type { BulkPreview } from '../lib/bulk-mutation'
import { errorMessage } from '../lib/mutation'

interface PreviewResult {
  /** Null while it loads, and after a failure. */
  found: BulkPreview | null
  failure: string | null
  onRetry: () => void
}

interface Answer {
  requestKey: string
  found: BulkPreview | null
  failure: string | null
}

/**
 * Loads the preview of an action. `chosen`: the inputs as text; a change reloads the preview after a pause. `preview` is
 * null while inputs are missing.
 */
export function usePreview(chosen: string, preview: (() => Promise<BulkPreview>) | null, pauseMs = 0): PreviewResult {
  const [attempt, setAttempt] = useState(0)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const requestKey = preview && `${attempt} ${chosen}`
  const known = requestKey !== null && answer?.requestKey === requestKey ? answer : null
  useEffect(() => {
    if (requestKey === null || !preview) return
    let canceled = false
    const timer = setTimeout(() => {
      preview().then(
        (found) => !canceled && setAnswer({ requestKey, found, failure: null }),
        (error: unknown) => !canceled && setAnswer({ requestKey, found: null, failure: errorMessage(error) }),
      )
    }, pauseMs)
    return () => {
      canceled = true
      clearTimeout(timer)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- one request per key
  }, [requestKey])
  return { found: known?.found ?? null, failure: known?.failure ?? null, onRetry: () => setAttempt(attempt + 1) }
}
