import { useEffect, useRef, useState } from 'react'
import { useActiveRuns } from './active-runs'
import { useRefetchOnChange } from './refetch-on-change'

const PAUSE_MS = 5_000

/** Refetches on new results at most every 5 s, when a run starts or ends, and after a connection gap. */
export function useRefetchOnResults(refetch: () => void): void {
  const { data, gaps } = useActiveRuns()
  const runs = data?.activeBatchRuns.map(({ id, steps }) => [id, ...steps.map(({ counts }) => counts.finished + counts.failed)])
  useRefetchOnChange(useThrottled(runs && JSON.stringify([gaps, runs])), refetch)
}

/** Returns the first value, then updates at most every `PAUSE_MS`. */
function useThrottled<Value>(value: Value): Value {
  const [throttled, setThrottled] = useState(value)
  const last = useRef(0)
  useEffect(() => {
    if (Object.is(value, throttled)) return
    const timer = setTimeout(() => {
      last.current = Date.now()
      setThrottled(value)
    }, last.current + PAUSE_MS - Date.now())
    return () => clearTimeout(timer)
  }, [value, throttled])
  return throttled
}
