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

const FEW = 60 // of which a list shows more than a grid

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
  const still = since !== null
  const said = useStableValue(headingOf(run))
  const heading = useMemo(() => headingParts(said, still, setRequest), [said, still])
  const apps = said.apps
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
        onAsk={setRequest}
      />
      {request && (
        <ActionDialog request={request} apps={apps} onClose={() => setRequest(null)} />
      )}
    </Page>
  )
}

/** What of a run stands above all. */
function headingOf({ id, status, counts, batch, pipeline, createdAt, endedAt, priority, steps }: Run) {
  const { failed, canceled, finished } = counts
  const apps = steps.map(({ app }) => app.name)
  return { id, status, counts: { failed, canceled }, hasResults: finished > 0, batch, pipeline, createdAt, endedAt, priority, apps }
}

function headingParts(run: ReturnType<typeof headingOf>, still: boolean, onAsk: (request: Request) => void) {
  const { batch, pipeline } = run
  return {
    title: batch.name,
    crumbs: [
      { label: 'Batch runs', link: { to: '/batch-runs' } },
      { label: batch.name, link: { to: '/batches/$batchId', params: { batchId: batch.id } } },
    ] satisfies Crumb[],
    beside: <StatusChip status={run.status} still={still} />,
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
        <RunMenu run={run} onAsk={onAsk} />
      </>
    ),
  }
}

interface FilesProps {
  /** Its ID. */
  run: string
  /** Files of the run. */
  total: number
  apps: string[]
  store: FilesStore
  staleSince: number | null
  problem: string | null
  onAsk: (request: Request) => void
}

/** Drawn anew only when something of this changes: news of the run come several times a second. */
const Files = memo(function Files({ run, total, apps, store, staleSince, problem, onAsk }: FilesProps) {
  const search = batchRunRoute.useSearch()
  const navigate = useNavigate({ from: batchRunRoute.fullPath })
  const onSearch = (next: Partial<RunSearch>) =>
    void navigate({ search: (known) => ({ ...known, ...next }), replace: true })
  const [cursor, setCursor] = useState<number | null>(null)
  const { status, code, text } = search
  const filterKey = JSON.stringify([status, code, text])
  const filter = useMemo<FileFilter>(
    () => ({ statuses: status ?? [], code, text }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says all that matters
    [filterKey],
  )
  const shown = useMemo(() => new ShownFiles(store, filter), [store, filter])
  const selecting = useSelection(filterKey)
  const open = (file: number) => void navigate({ to: '/pipeline-runs/$id', params: { id: store.id(file) } })
  const onFilter = (next: FileFilter) =>
    onSearch({ status: next.statuses.length > 0 ? [...next.statuses] : undefined, code: next.code, text: next.text })
  const none = (
    <EmptyState
      icon={<SearchX size={26} />}
      title="No file matches"
      actions={<Button onClick={() => onFilter({ statuses: [] })}>Show all files</Button>}
    >
      None of the {formatCount(total)} files is as the filter says just now.
    </EmptyState>
  )
  const bar = <FileFilterBar store={store} filter={filter} onFilter={onFilter} />
  const reading = <Reading store={store} total={total} problem={problem} />
  const retryOne = (id: string) => onAsk({ kind: 'retry-files', files: { ids: [id] } })
  return (
    <div className={styles.files}>
      <Tabs
        label="Views of the files"
        chosen={search.view ?? (total > FEW ? 'grid' : 'list')}
        onChoose={(view) => onSearch({ view })}
        tabs={[
          {
            value: 'grid',
            label: 'Grid',
            content: (
              <Panel flush>
                {bar}
                {reading}
                <FileGrid
                  store={store}
                  shown={shown}
                  expected={total}
                  apps={apps}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={open}
                  empty={none}
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
                {reading}
                <FileList
                  store={store}
                  shown={shown}
                  apps={apps}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={open}
                  selecting={selecting}
                  bulkActions={<FileActions run={run} filter={filter} selection={selecting.selection} onAsk={onAsk} />}
                  empty={none}
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

/** How many files have been read, while the first of them come in. */
function Reading({ store, total, problem }: { store: FilesStore; total: number; problem: string | null }) {
  useStoreVersion(store, 250)
  if (problem !== null) return <p className={styles.problem} role="alert">{problem}</p>
  if (store.size >= total) return null
  return (
    <p className={styles.reading} role="status">
      Reading the files: {formatCount(store.size)} of {formatCount(total)}, {formatPercent((100 * store.size) / total)} …
    </p>
  )
}
