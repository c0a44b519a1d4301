import { Link } from '@tanstack/react-router'
import { Boxes, FileUp, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Button } from '../../components/button'
import type { Column } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { FilterBar } from '../../components/filter-bar'
import { HealthChip } from '../../components/health-chip'
import { ListPanel } from '../../components/list-panel'
import { Page } from '../../components/page'
import { SearchField } from '../../components/search-field'
import { SlotBar } from '../../components/slot-bar'
import { RelativeTime } from '../../components/relative-time'
import { graphql, type ResultOf } from '../../lib/graphql'
import { useListQuery } from '../../lib/list-query'
import { updateListSearch, isFiltered } from '../../lib/list-search'
import { AppState, useLiveApps, type LiveAppStates } from '../../lib/live-apps'
import { formatProcessingTime } from '../../lib/processing-time'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { formatCount } from '../../lib/format'
import { AppBulkActions, type AppFilter } from './app-bulk-actions'
import styles from './apps-page.module.css'
import { ImportAppsDialog } from './import-apps-dialog'
import { RegisterAppDialog } from './register-app-dialog'
import { appsRoute, type AppsSearch } from './route'

const Apps = graphql(
  `
    query Apps(
      $first: Int, $after: String, $last: Int, $before: String,
      $filter: AppFilter, $sort: AppSort!, $descending: Boolean!
    ) {
      apps(
        first: $first, after: $after, last: $last, before: $before,
        filter: $filter, sort: $sort, descending: $descending
      ) {
        nodes {
          ...AppState
          timing { calls secondsPerMediaMinute }
        }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount { count exact }
      }
    }
  `,
  [AppState],
)

type App = ResultOf<typeof Apps>['apps']['nodes'][number]
type Sort = NonNullable<AppsSearch['sort']>

export function AppsPage() {
  const search = appsRoute.useSearch()
  const navigate = appsRoute.useNavigate()
  const change = (part: Partial<AppsSearch>) => void navigate({ search: (now) => updateListSearch(now, part) })
  const filter = useMemo<AppFilter>(() => ({ text: search.text ?? null }), [search.text])
  const list = useListQuery({ query: Apps, search, filter, defaultSort: 'NAME', descendingSorts: ['CREATED'] })
  const { refetch, selecting } = list
  const live = useLiveApps()
  useRefetchOnChange(live.refetchKey, refetch)
  const columns = useMemo(() => columnsWith(live), [live])
  const [dialog, setDialog] = useState<'register' | 'import' | null>(null)
  const buttons = (
    <>
      <Button icon={<FileUp aria-hidden size={17} />} onClick={() => setDialog('import')}>
        Import metadata
      </Button>
      <Button kind="primary" icon={<Plus aria-hidden size={17} />} onClick={() => setDialog('register')}>
        Register app
      </Button>
    </>
  )
  return (
    <Page title="Apps" about="CLAMS apps that pipelines can use." actions={buttons}>
      <ListPanel
        list={list}
        connection={({ apps }) => ({ ...apps, nodes: apps.nodes.map(live.newest) })}
        label="Apps"
        noun="app"
        search={search}
        filters={
          <FilterBar label="Apps" filtered={isFiltered(search)} onClear={() => change({ text: undefined })}>
            <SearchField
              label="Search by name or identifier"
              value={search.text ?? ''}
              onSearch={(text) => change({ text: text || undefined })}
            />
          </FilterBar>
        }
        columns={columns}
        rowKey={(app) => app.id}
        rowName={(app) => app.name}
        onPageChange={change}
        bulkActions={<AppBulkActions selecting={selecting} filter={filter} onDone={refetch} />}
        empty={
          <EmptyState icon={<Boxes size={26} />} title="No apps yet" actions={buttons}>
            Start a CLAMS app and register its address. Or import metadata from the CLAMS app directory to plan pipelines
            before the apps run.
          </EmptyState>
        }
      />
      {dialog === 'register' && <RegisterAppDialog onDone={refetch} onClose={() => setDialog(null)} />}
      {dialog === 'import' && <ImportAppsDialog onDone={refetch} onClose={() => setDialog(null)} />}
    </Page>
  )
}

function columnsWith({ staleSince }: LiveAppStates): Column<App, Sort>[] {
  const stale = staleSince !== null
  return [
    {
      header: 'Name',
      sort: { by: 'NAME', descending: false },
      cell: (app) => (
        <div className={styles.name}>
          <span>
            <Link to="/apps/$appId" params={{ appId: app.id }}>
              {app.name}
            </Link>{' '}
            {app.version}
          </span>
          <small>{app.endpoint ?? app.identifier}</small>
        </div>
      ),
    },
    {
      header: 'State',
      cell: (app) => (
        <div className={styles.state}>
          <HealthChip app={app} />
          <small>
            <StateDetails app={app} />
          </small>
        </div>
      ),
    },
    {
      header: 'Running calls',
      narrow: true,
      cell: (app) =>
        app.endpoint === null ? '–' : <SlotBar name={app.name} load={app.load} stale={stale} />,
    },
    {
      header: 'Queued calls',
      end: true,
      narrow: true,
      cell: ({ load }) => load.waiting > 0 ? formatCount(load.waiting) : '–',
    },
    {
      header: 'Processing time per media minute',
      end: true,
      narrow: true,
      cell: ({ timing }) =>
        timing.secondsPerMediaMinute === null ? '–' : formatProcessingTime(timing.secondsPerMediaMinute),
    },
  ]
}

/** Details of the app's state. */
function StateDetails({ app }: { app: App }) {
  if (app.health.drift) return <strong className={styles.drift}>Different version online</strong>
  if (app.circuit) return app.circuit.reason
  if (app.oneAtATime) return 'One call at a time, because it mixed up files'
  if (app.health.status === 'ANSWERING' && app.health.lastAnswerAt !== null) {
    return (
      <>
        last response <RelativeTime at={app.health.lastAnswerAt} />
      </>
    )
  }
  if (app.health.status === 'NO_ENDPOINT') return 'Imported metadata, no address'
  return app.health.status === 'UNKNOWN' ? null : app.health.message
}
