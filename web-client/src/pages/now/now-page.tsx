import { graphql } from '../../lib/graphql'
import { useLive } from '../../lib/live'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import { StatusChip } from '../../components/status-chip'

const Active = graphql(`
  subscription Active {
    activeBatchRuns {
      id
      status
      percent
      stale
      asOf
      counts { total waiting running finished failed canceled }
      batch { id name }
    }
  }
`)

export function NowPage() {
  const active = useLive(Active, {})
  return (
    <Page title="Now">
      {active.data?.activeBatchRuns.map((run) => (
        <Panel key={run.id} title={run.batch.name} beside={<StatusChip status={run.status} />}>
          <ProgressBar label={run.batch.name} percent={run.percent} counts={run.counts} />
        </Panel>
      ))}
    </Page>
  )
}
