import { Play } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button'
import { ErrorState } from '../../components/error-state'
import { Loading } from '../../components/loading'
import { Page } from '../../components/page'
import { LazyStartDialog } from '../../components/start-dialog/lazy-start-dialog'
import { useActiveRuns, type ActiveRun } from '../../lib/active-runs'
import { pluralize } from '../../lib/format'
import { RecentlyFinished } from './recently-finished'
import { NoActiveRuns } from './no-active-runs'
import styles from './now-page.module.css'
import { RunCard } from './run-card'

export function NowPage() {
  const { data, staleSince, refusal } = useActiveRuns()
  const [starting, setStarting] = useState(false)
  const runs = data?.activeBatchRuns
  return (
    <Page
      title="Now"
      about={runs && summary(runs, staleSince !== null)}
      actions={
        <Button kind="primary" icon={<Play aria-hidden size={16} />} onClick={() => setStarting(true)}>
          Start batch
        </Button>
      }
    >
      {runs === undefined && (refusal ? <ErrorState message={refusal.message} /> : <Loading />)}
      {runs?.length === 0 && staleSince === null && <NoActiveRuns />}
      {runs && runs.length > 0 && (
        <ul className={styles.runs} aria-label="Active batch runs">
          {runs.map((run) => (
            <li key={run.id}>
              <RunCard run={run} staleSince={staleSince} />
            </li>
          ))}
        </ul>
      )}
      <RecentlyFinished />
      {starting && <LazyStartDialog onClose={() => setStarting(false)} />}
    </Page>
  )
}

function summary(runs: ActiveRun[], stale: boolean): string {
  const files = (state: 'running' | 'waiting') => runs.reduce((sum, run) => sum + run.counts[state], 0)
  if (runs.length === 0) return stale ? 'The current state is unknown.' : 'All batch runs have ended.'
  return `${pluralize(runs.length, 'batch run')}: ${pluralize(files('running'), 'file')} running, ${pluralize(files('waiting'), 'file')} waiting.`
}
