import { useEffect, useRef } from 'react'

/** Reads again when `key` changes, except for the first time that it is known. */
export function useRefetchOnChange(key: string | undefined, read: () => void): void {
  const known = useRef(key)
  const reading = useRef(read)
  useEffect(() => {
    reading.current = read
  })
  useEffect(() => {
    if (known.current !== undefined && key !== undefined && key !== known.current) reading.current()
    if (key !== undefined) known.current = key
  }, [key])
}
