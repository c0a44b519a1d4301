import { useEffect } from 'react'
import { graphql } from '../lib/graphql'
import { useLive } from '../lib/live'

const ActiveRuns = graphql(`
  subscription ActiveRuns {
    activeBatchRuns { id }
  }
`)

/** Beside what shows a batch run that has ended: notices that it goes on after a retry, whoever asked for it. */
export function Reawakening({ batchRun, onAlive }: { batchRun: string; onAlive: () => void }) {
  const { data } = useLive(ActiveRuns, {})
  const alive = data?.activeBatchRuns.some(({ id }) => id === batchRun) ?? false
  useEffect(() => {
    if (alive) onAlive()
  }, [alive, onAlive])
  return null
}
