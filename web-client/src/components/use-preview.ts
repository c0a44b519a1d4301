import { useEffect, useState } from 'react'
import type { BulkPreview } from '../lib/bulk-mutation'
import { errorMessage } from '../lib/mutation'

interface Previewed {
  /** Null until it is known, and where it can't be. */
  found: BulkPreview | null
  failure: string | null
  onRetry: () => void
}

interface Answer {
  question: string
  found: BulkPreview | null
  failure: string | null
}

/**
 * `chosen`: what it depends on, as text; with another one it is asked anew, after a pause. `preview` is null where there is
 * nothing to ask yet.
 */
export function usePreview(chosen: string, preview: (() => Promise<BulkPreview>) | null, pauseMs = 0): Previewed {
  const [attempt, setAttempt] = useState(0)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const question = preview && `${attempt} ${chosen}`
  const known = question !== null && answer?.question === question ? answer : null
  useEffect(() => {
    if (question === null || !preview) return
    let gone = false
    const timer = setTimeout(() => {
      preview().then(
        (found) => !gone && setAnswer({ question, found, failure: null }),
        (error: unknown) => !gone && setAnswer({ question, found: null, failure: errorMessage(error) }),
      )
    }, pauseMs)
    return () => {
      gone = true
      clearTimeout(timer)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- asked once for each question
  }, [question])
  return { found: known?.found ?? null, failure: known?.failure ?? null, onRetry: () => setAttempt(attempt + 1) }
}
