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
import { formatCount } from '../../lib/format'
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
  const [result, query] = useQuery({ query: AppQuery, variables: { id: appId } })
  const refetch = () => query({ requestPolicy: 'network-only' })
  return (
    <QueryResult result={result} label="App" page onRetry={refetch}>
      {({ app }) => (app ? <LoadedApp read={app} onChanged={refetch} /> : <NotFound what={`app ${appId}`} />)}
    </QueryResult>
  )
}

function LoadedApp({ read, onChanged }: { read: AppDetails; onChanged: () => void }) {
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
        label="App"
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
          { value: 'parameters', label: 'Inputs and outputs', content: <DescriptionView app={app} /> },
          { value: 'pipelines', label: 'Pipelines', content: <PipelinesView id={app.id} /> },
          {
            value: 'history',
            label: app.history.length === 1 ? 'Metadata' : `${formatCount(app.history.length)} metadata versions`,
            content: <HistoryView history={app.history} />,
          },
        ]}
      />
    </Page>
  )
}

function Actions({ app, onChanged }: { app: AppDetails; onChanged: () => void }) {
  const [confirming, setConfirming] = useState(false)
  const [busy, setBusy] = useState(false)
  const refresh = useThrowingMutation(RefreshApp)
  const activity = { ids: [app.id], input: { active: !app.active } }
  const refreshMetadata = async () => {
    setBusy(true)
    try {
      const { refreshApp } = await refresh({ id: app.id })
      const same = refreshApp.identifier === app.identifier
      showToast(
        same ? `The metadata of ${app.name} is unchanged.` : `${app.name} is now ${refreshApp.version ?? refreshApp.identifier}.`,
      )
      onChanged()
    } catch (error) {
      showErrorToast(`Can’t refresh the metadata of ${app.name}`, errorMessage(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      {app.endpoint !== null && (
        <Button icon={<RefreshCw aria-hidden size={16} />} busy={busy} onClick={() => void refreshMetadata()}>
          Refresh metadata
        </Button>
      )}
      <Button
        kind={app.active ? 'plain' : 'primary'}
        icon={app.active ? <PowerOff aria-hidden size={16} /> : <Power aria-hidden size={16} />}
        onClick={() => setConfirming(true)}
      >
        {app.active ? 'Deactivate …' : 'Activate …'}
      </Button>
      {confirming && (
        <ConfirmDialog
          title={app.active ? `Deactivate ${app.name}` : `Activate ${app.name}`}
          verb={app.active ? 'Deactivate' : 'Activate'}
          danger={app.active}
          preview={async () => {
            const preview = await previewBulkMutation(UpdateApps, activity)
            if (app.active) return preview
            const { waiting } = app.load
            return {
              ...preview,
              message: `Calls resume. Queued calls: ${formatCount(waiting)}.`,
            }
          }}
          onConfirm={async () => {
            showToast(await runBulkMutation(UpdateApps, activity))
            onChanged()
          }}
          onClose={() => setConfirming(false)}
        />
      )}
    </>
  )
}
