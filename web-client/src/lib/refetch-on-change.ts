import { useEffect, useRef } from 'react'

/** Calls `refetch` when `key` changes, but not when it is set for the first time. */
export function useRefetchOnChange(key: string | undefined, refetch: () => void): void {
  const previous = useRef(key)
  const latestRefetch = useRef(refetch)
  useEffect(() => {
    latestRefetch.current = refetch
  })
  useEffect(() => {
    if (previous.current !== undefined && key !== undefined && key !== previous.current) latestRefetch.current()
    if (key !== undefined) previous.current = key
  }, [key])
}
