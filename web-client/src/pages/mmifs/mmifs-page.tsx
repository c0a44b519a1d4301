import { FileJson2, Layers } from 'lucide-react'
import { useMemo } from 'react'
import { useQuery } from 'urql'
import { DataTable } from '../../components/data-table'
import { EmptyState } from '../../components/empty-state'
import { Facet } from '../../components/facet'
import { QueryResult } from '../../components/query-result'
import { FilterBar } from '../../components/filter-bar'
import { LinkButton } from '../../components/link-button'
import { NoMatches } from '../../components/no-matches'
import { EntityPicker } from '../../components/entity-picker'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { DateRangeFacet } from '../../components/date-range-facet'
import { SearchField } from '../../components/search-field'
import { ZipButton } from '../../components/zip-button'
import { timeRange } from '../../lib/date-range'
import { graphql } from '../../lib/graphql'
import { updateListSearch, isFiltered } from '../../lib/list-search'
import { pageVariables } from '../../lib/pagination'
import { useRefetchOnResults } from '../../lib/refetch-on-results'
import { useSelection, type RowSelection } from '../../lib/selection'
import * as columns from './mmif-columns'
import { MmifFields } from './mmif-fields'
import { mmifsRoute, type MmifsSearch, type ORIGINS } from './route'

const Mmifs = graphql(
  `
    query Mmifs(
      $first: Int, $after: String, $last: Int, $before: String,
      $filter: MmifFilter, $sort: MmifSort!, $descending: Boolean!
    ) {
      mmifs(
        first: $first, after: $after, last: $last, before: $before,
        filter: $filter, sort: $sort, descending: $descending
      ) {
        nodes { ...MmifFields }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount { count exact }
      }
    }
  `,
  [MmifFields],
)

const COLUMNS = [columns.GUID, columns.MADE_BY, columns.RUN, columns.SIZE, columns.MADE]

const ORIGIN_CHOICES: { value: (typeof ORIGINS)[number]; label: string }[] = [
  { value: 'STEP', label: 'Made by an app' },
  { value: 'UPLOAD', label: 'Uploaded' },
  { value: 'INITIAL', label: 'Blank' },
]

const NONE: MmifsSearch = {
  text: undefined,
  origin: undefined,
  app: undefined,
  collection: undefined,
  from: undefined,
  to: undefined,
}

export function MmifsPage() {
  const search = mmifsRoute.useSearch()
  const navigate = mmifsRoute.useNavigate()
  const change = (part: Partial<MmifsSearch>) => void navigate({ search: (now) => updateListSearch(now, part) })
  const filter = useMemo(() => filterOf(search), [search])
  const { sort = 'CREATED', descending = true } = search
  const [result, ask] = useQuery({ query: Mmifs, variables: { ...pageVariables(search), filter, sort, descending } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  useRefetchOnResults(refetch)
  const selecting = useSelection(JSON.stringify(filter))
  return (
    <Page title="MMIF" about="What apps found in media files, step by step.">
      <Panel flush>
        <FilterBar label="MMIF" filtered={isFiltered(search)} onClear={() => change(NONE)}>
          <SearchField
            label="A part of the GUID"
            value={search.text ?? ''}
            onSearch={(text) => change({ text: text || undefined })}
          />
          <EntityPicker
            kind="app"
            label="App"
            chosen={search.app ?? null}
            onChoose={(chosen) => change({ app: chosen?.id })}
          />
          <Facet
            label="Origin"
            choices={ORIGIN_CHOICES}
            chosen={search.origin ?? []}
            onChoose={(origin) => change({ origin: origin.length > 0 ? origin : undefined })}
          />
          <EntityPicker
            kind="collection"
            label="Collection"
            chosen={search.collection ?? null}
            onChoose={(chosen) => change({ collection: chosen?.id })}
          />
          <DateRangeFacet label="Made" days={search} onChoose={({ from, to }) => change({ from, to })} />
        </FilterBar>
        <QueryResult result={result} label="MMIF" onRetry={refetch}>
          {({ mmifs: { nodes, ...page } }, fetching) => (
            <DataTable
              label="MMIF"
              columns={COLUMNS}
              page={{ rows: nodes, ...page }}
              rowKey={({ id }) => id}
              rowName={({ id, mediaFile }) => `${id} of ${mediaFile.guid}`}
              sort={sort}
              descending={descending}
              onPageChange={change}
              selecting={selecting}
              bulkActions={<Chosen selecting={selecting} />}
              fetching={fetching}
              empty={
                isFiltered(search) ? (
                  <NoMatches noun="MMIF" />
                ) : (
                  <EmptyState icon={<FileJson2 size={26} />} title="No MMIF yet">
                    Each step of a pipeline leaves one for each media file. Start a batch, and they come here.
                  </EmptyState>
                )
              }
            />
          )}
        </QueryResult>
      </Panel>
    </Page>
  )
}

/** What can be done with many: of those alone that are named. */
function Chosen({ selecting: { selection } }: { selecting: RowSelection }) {
  if (selection.all) return <p>Choose single ones to make a batch of them or to download them.</p>
  const ids = [...selection.keys]
  return (
    <>
      <LinkButton
        small
        kind="primary"
        icon={<Layers aria-hidden size={15} />}
        to="/batches/new"
        state={{ batchSources: { mmifIds: ids } }}
      >
        Make a batch
      </LinkButton>
      <ZipButton noun="mmif" ids={ids}>
        Download
      </ZipButton>
    </>
  )
}

function filterOf({ text, origin, app, collection, from, to }: MmifsSearch) {
  return {
    text: text ?? null,
    origins: origin ?? null,
    apps: app === undefined ? null : [app],
    collections: collection === undefined ? null : [collection],
    created: timeRange({ from, to }),
  }
}
