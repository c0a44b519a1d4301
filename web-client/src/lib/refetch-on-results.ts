import { useEffect, useRef, useState } from 'react'
import { useActiveRuns } from './active-runs'
import { useRefetchOnChange } from './refetch-on-change'

const PAUSE_MS = 5_000

/** Reads again while runs make results, no more often than every 5 s, when a run begins or ends, and after a gap. */
export function useRefetchOnResults(read: () => void): void {
  const { data, gaps } = useActiveRuns()
  const runs = data?.activeBatchRuns.map(({ id, steps }) => [id, ...steps.map(({ counts }) => counts.finished + counts.failed)])
  useRefetchOnChange(useThrottled(runs && JSON.stringify([gaps, runs])), read)
}

/** The value, as it is at the beginning and then as it was at most `PAUSE_MS` ago. */
function useThrottled<Value>(value: Value): Value {
  const [shown, show] = useState(value)
  const last = useRef(0)
  useEffect(() => {
    if (Object.is(value, shown)) return
    const timer = setTimeout(() => {
      last.current = Date.now()
      show(value)
    }, last.current + PAUSE_MS - Date.now())
    return () => clearTimeout(timer)
  }, [value, shown])
  return shown
}
