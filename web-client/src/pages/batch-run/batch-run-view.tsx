import { useNavigate } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { memo, useMemo, useState } from 'react'
import { Button } from '../../components/button'
import { EmptyState } from '../../components/empty-state'
import { EntityLink } from '../../components/entity-link'
import { Page, type Crumb } from '../../components/page'
import { Panel } from '../../components/panel'
import { ActionDialog, type Request } from '../../components/run-actions/action-dialog'
import { RunActions } from '../../components/run-actions/run-actions'
import { StatusChip } from '../../components/status-chip'
import { Tabs } from '../../components/tabs'
import { RelativeTime } from '../../components/relative-time'
import { useStaleSince } from '../../lib/subscriptions'
import { useRunFeed } from '../../lib/run-feed'
import { useStableValue } from '../../lib/stable-value'
import { useSelection } from '../../lib/selection'
import { formatCount, formatPercent } from '../../lib/format'
import styles from './batch-run-view.module.css'
import { FileActions } from './file-actions'
import { FileFilterBar } from './file-filter-bar'
import { FileGrid } from './file-grid'
import { FileList } from './file-list'
import { FilePanel } from './file-panel'
import type { FilesStore } from './files-store'
import { RunFiles } from './run-files-subscription'
import { batchRunRoute, type RunSearch } from './route'
import { RunMenu } from './run-menu'
import type { Run } from './batch-run-query'
import { RunSummary } from './run-summary'
import { ShownFiles, type FileFilter } from './shown-files'
import { useStoreVersion } from './use-store-version'
import { WorkersView } from './workers-view'

const LIST_MAX = 60 // runs with more files open in the grid

interface BatchRunViewProps {
  run: Run
  active: boolean
  store: FilesStore
}

export function BatchRunView({ run, active, store }: BatchRunViewProps) {
  const feed = useRunFeed(RunFiles, run.id, active, store.cursor, ({ pipelineRuns }) => {
    store.take(pipelineRuns)
    return pipelineRuns
  })
  const [request, setRequest] = useState<Request | null>(null)
  const since = useStaleSince()
  const stale = since !== null
  const summary = useStableValue(headingOf(run))
  const heading = useMemo(() => headingParts(summary, stale, setRequest), [summary, stale])
  const apps = summary.apps
  return (
    <Page {...heading}>
      <RunSummary run={run} store={store} staleSince={since} />
      <Files
        run={run.id}
        total={run.counts.total}
        apps={apps}
        store={store}
        staleSince={since}
        problem={feed.refusal?.message ?? null}
        onRequest={setRequest}
      />
      {request && (
        <ActionDialog request={request} apps={apps} onClose={() => setRequest(null)} />
      )}
    </Page>
  )
}

/** The data of a run that the page heading shows. */
function headingOf({ id, status, counts, batch, pipeline, createdAt, endedAt, priority, steps }: Run) {
  const { failed, canceled, finished } = counts
  const apps = steps.map(({ app }) => app.name)
  return { id, status, counts: { failed, canceled }, hasResults: finished > 0, batch, pipeline, createdAt, endedAt, priority, apps }
}

function headingParts(run: ReturnType<typeof headingOf>, stale: boolean, onRequest: (request: Request) => void) {
  const { batch, pipeline } = run
  return {
    title: batch.name,
    crumbs: [
      { label: 'Batch runs', link: { to: '/batch-runs' } },
      { label: batch.name, link: { to: '/batches/$batchId', params: { batchId: batch.id } } },
    ] satisfies Crumb[],
    beside: <StatusChip status={run.status} still={stale} />,
    about: (
      <>
        Pipeline <EntityLink kind="pipeline" id={pipeline.id}>{pipeline.name}</EntityLink>, version {pipeline.version} ·
        started <RelativeTime at={run.createdAt} />
        {run.priority !== 0 && ` · priority ${run.priority}`}
      </>
    ),
    actions: (
      <>
        <RunActions run={run} name={batch.name} apps={run.apps} small={false} />
        <RunMenu run={run} onRequest={onRequest} />
      </>
    ),
  }
}

interface FilesProps {
  /** The ID of the run. */
  run: string
  /** Number of files in the run. */
  total: number
  apps: string[]
  store: FilesStore
  staleSince: number | null
  problem: string | null
  onRequest: (request: Request) => void
}

/** Memoized: updates of the run arrive several times a second. */
const Files = memo(function Files({ run, total, apps, store, staleSince, problem, onRequest }: FilesProps) {
  const search = batchRunRoute.useSearch()
  const navigate = useNavigate({ from: batchRunRoute.fullPath })
  const onSearch = (next: Partial<RunSearch>) =>
    void navigate({ search: (current) => ({ ...current, ...next }), replace: true })
  const [cursor, setCursor] = useState<number | null>(null)
  const { status, code, text } = search
  const filterKey = JSON.stringify([status, code, text])
  const filter = useMemo<FileFilter>(
    () => ({ statuses: status ?? [], code, text }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key covers all dependencies
    [filterKey],
  )
  const shown = useMemo(() => new ShownFiles(store, filter), [store, filter])
  const selecting = useSelection(filterKey)
  const open = (file: number) => void navigate({ to: '/pipeline-runs/$id', params: { id: store.id(file) } })
  const onFilter = (next: FileFilter) =>
    onSearch({ status: next.statuses.length > 0 ? [...next.statuses] : undefined, code: next.code, text: next.text })
  const noMatch = (
    <EmptyState
      icon={<SearchX size={26} />}
      title="No file matches"
      actions={<Button onClick={() => onFilter({ statuses: [] })}>Show all files</Button>}
    >
      None of the {formatCount(total)} files matches the filter now.
    </EmptyState>
  )
  const bar = <FileFilterBar store={store} filter={filter} onFilter={onFilter} />
  const loadingStatus = <LoadingStatus store={store} total={total} problem={problem} />
  const retryOne = (id: string) => onRequest({ kind: 'retry-files', files: { ids: [id] } })
  return (
    <div className={styles.files}>
      <Tabs
        label="File views"
        chosen={search.view ?? (total > LIST_MAX ? 'grid' : 'list')}
        onChoose={(view) => onSearch({ view })}
        tabs={[
          {
            value: 'grid',
            label: 'Grid',
            content: (
              <Panel flush>
                {bar}
                {loadingStatus}
                <FileGrid
                  store={store}
                  shown={shown}
                  expected={total}
                  apps={apps}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={open}
                  empty={noMatch}
                />
                <FilePanel store={store} file={cursor} apps={apps} onRetry={retryOne} />
              </Panel>
            ),
          },
          {
            value: 'list',
            label: 'List',
            content: (
              <Panel flush>
                {bar}
                {loadingStatus}
                <FileList
                  store={store}
                  shown={shown}
                  apps={apps}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={open}
                  selecting={selecting}
                  bulkActions={<FileActions run={run} filter={filter} selection={selecting.selection} onRequest={onRequest} />}
                  empty={noMatch}
                />
              </Panel>
            ),
          },
          {
            value: 'workers',
            label: 'Workers',
            content: (
              <Panel flush>
                <WorkersView run={run} store={store} staleSince={staleSince} />
              </Panel>
            ),
          },
        ]}
      />
    </div>
  )
})

/** How many files have been loaded, until all are. */
function LoadingStatus({ store, total, problem }: { store: FilesStore; total: number; problem: string | null }) {
  useStoreVersion(store, 250)
  if (problem !== null) return <p className={styles.problem} role="alert">{problem}</p>
  if (store.size >= total) return null
  return (
    <p className={styles.reading} role="status">
      Loading files: {formatCount(store.size)} of {formatCount(total)}, {formatPercent((100 * store.size) / total)} …
    </p>
  )
}
