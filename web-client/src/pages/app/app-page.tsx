import { useNavigate } from '@tanstack/react-router'
import { Power, PowerOff, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { ConfirmDialog } from '../../components/confirm-dialog'
import { QueryResult } from '../../components/query-result'
import { HealthChip } from '../../components/health-chip'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { Tabs } from '../../components/tabs'
import { showToast, showErrorToast } from '../../components/toast'
import { runBulkMutation, previewBulkMutation } from '../../lib/bulk-mutation'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { useLiveApps } from '../../lib/live-apps'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { formatCount, pluralize } from '../../lib/format'
import { UpdateApps } from '../apps/app-bulk-actions'
import styles from './app-page.module.css'
import { AppQuery, type AppDetails } from './app-query'
import { DescriptionView } from './description-view'
import { HistoryView } from './history-view'
import { PipelinesView } from './pipelines-view'
import { appRoute } from './route'
import { StateView } from './state-view'

const RefreshApp = graphql(`
  mutation RefreshApp($id: ID!) {
    refreshApp(id: $id) { id identifier version }
  }
`)

export function AppPage() {
  const { appId } = appRoute.useParams()
  const [result, ask] = useQuery({ query: AppQuery, variables: { id: appId } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  return (
    <QueryResult result={result} label="App" page onRetry={refetch}>
      {({ app }) => (app ? <Shown read={app} onChanged={refetch} /> : <NotFound what={`app ${appId}`} />)}
    </QueryResult>
  )
}

function Shown({ read, onChanged }: { read: AppDetails; onChanged: () => void }) {
  const live = useLiveApps()
  const app = live.newest(read)
  const { tab = 'state' } = appRoute.useSearch()
  const navigate = useNavigate()
  useRefetchOnChange([app.identifier, app.name].join(), onChanged)
  return (
    <Page
      title={app.name}
      crumbs={[{ label: 'Apps', link: { to: '/apps' } }]}
      beside={
        <>
          <span className={styles.version}>{app.version}</span>
          <HealthChip app={app} />
        </>
      }
      about={app.description ?? undefined}
      actions={<Actions app={app} onChanged={onChanged} />}
    >
      <Tabs
        label="Of this app"
        chosen={tab}
        onChoose={(next) =>
          void navigate({
            from: appRoute.fullPath,
            search: { tab: next === 'state' ? undefined : next },
            replace: true,
          })
        }
        tabs={[
          {
            value: 'state',
            label: 'State',
            content: <StateView app={app} staleSince={live.staleSince} onChanged={onChanged} />,
          },
          { value: 'parameters', label: 'What it takes and gives', content: <DescriptionView app={app} /> },
          { value: 'pipelines', label: 'Pipelines with it', content: <PipelinesView id={app.id} /> },
          {
            value: 'history',
            label: app.history.length === 1 ? 'Its description' : `${formatCount(app.history.length)} descriptions`,
            content: <HistoryView history={app.history} />,
          },
        ]}
      />
    </Page>
  )
}

function Actions({ app, onChanged }: { app: AppDetails; onChanged: () => void }) {
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const refresh = useThrowingMutation(RefreshApp)
  const activity = { ids: [app.id], input: { active: !app.active } }
  const askApp = async () => {
    setBusy(true)
    try {
      const { refreshApp } = await refresh({ id: app.id })
      const same = refreshApp.identifier === app.identifier
      showToast(same ? `${app.name} answered: it is what it was.` : `${app.name} is ${refreshApp.version ?? refreshApp.identifier} now.`)
      onChanged()
    } catch (error) {
      showErrorToast(`${app.name} could not be asked`, errorMessage(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      {app.endpoint !== null && (
        <Button icon={<RefreshCw aria-hidden size={16} />} busy={busy} onClick={() => void askApp()}>
          Ask it again
        </Button>
      )}
      <Button
        kind={app.active ? 'plain' : 'primary'}
        icon={app.active ? <PowerOff aria-hidden size={16} /> : <Power aria-hidden size={16} />}
        onClick={() => setAsking(true)}
      >
        {app.active ? 'Deactivate …' : 'Activate …'}
      </Button>
      {asking && (
        <ConfirmDialog
          title={app.active ? `Deactivate ${app.name}` : `Activate ${app.name}`}
          verb={app.active ? 'Deactivate it' : 'Activate it'}
          danger={app.active}
          preview={async () => {
            const would = await previewBulkMutation(UpdateApps, activity)
            if (app.active) return would
            const { waiting } = app.load
            return {
              ...would,
              message: `Its calls begin again: ${pluralize(waiting, 'call')} ${waiting === 1 ? 'waits' : 'wait'} for it.`,
            }
          }}
          onConfirm={async () => {
            showToast(await runBulkMutation(UpdateApps, activity))
            onChanged()
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
