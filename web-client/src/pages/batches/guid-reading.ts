import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { problemOf } from '../../lib/client'
import { graphql, type ResultOf } from '../../lib/graphql'

const ReadGuids = graphql(`
  query ReadGuids($text: String!) {
    readGuids(text: $text) { found unknown repeated }
  }
`)

export type GuidReading = ResultOf<typeof ReadGuids>['readGuids']

export interface GuidText {
  text: string
  /** The name of a dropped file, whose text is not shown. */
  fileName?: string
}

const PAUSE_MS = 350

/** Reads the GUIDs in a text after a pause in typing. The reading is null until there is one. */
export function useGuidReading(text: string): { reading: GuidReading | null; busy: boolean; failure: string | null } {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  const empty = settled.trim() === ''
  const [{ data, error, fetching, operation }] = useQuery({
    query: ReadGuids,
    variables: { text: settled },
    pause: empty,
    requestPolicy: 'network-only',
  })
  const current = settled === text && operation?.variables.text === text
  if (text.trim() === '') return { reading: null, busy: false, failure: null }
  return {
    reading: current && !fetching && !error ? (data?.readGuids ?? null) : null,
    busy: !current || fetching,
    failure: current && error ? problemOf(error).message : null,
  }
}
