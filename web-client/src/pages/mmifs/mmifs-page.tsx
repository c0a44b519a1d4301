import { FileJson2, Layers } from 'lucide-react'
import { useMemo } from 'react'
import { EmptyState } from '../../components/empty-state'
import { Facet } from '../../components/facet'
import { FilterBar } from '../../components/filter-bar'
import { LinkButton } from '../../components/link-button'
import { EntityPicker } from '../../components/entity-picker'
import { ListPanel } from '../../components/list-panel'
import { Page } from '../../components/page'
import { DateRangeFacet } from '../../components/date-range-facet'
import { SearchField } from '../../components/search-field'
import { ZipButton } from '../../components/zip-button'
import { timeRange } from '../../lib/date-range'
import { graphql } from '../../lib/graphql'
import { useListQuery } from '../../lib/list-query'
import { updateListSearch, isFiltered } from '../../lib/list-search'
import { useRefetchOnResults } from '../../lib/refetch-on-results'
import type { RowSelection } from '../../lib/selection'
import * as columns from './mmif-columns'
import { MmifFields } from './mmif-fields'
import { MMIF_SORTS, mmifsRoute, type MmifsSearch, type ORIGINS } from './route'

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

const COLUMNS = [columns.GUID, columns.ORIGIN, columns.RUN, columns.SIZE, columns.CREATED]

const ORIGIN_CHOICES: { value: (typeof ORIGINS)[number]; label: string }[] = [
  { value: 'STEP', label: 'Created by an app' },
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
  const change = (part: Partial<MmifsSearch>) => void navigate({ search: (current) => updateListSearch(current, part) })
  const filter = useMemo(() => mmifFilter(search), [search])
  const list = useListQuery({ query: Mmifs, search, filter, defaultSort: 'CREATED', descendingSorts: MMIF_SORTS })
  const { refetch, selecting } = list
  useRefetchOnResults(refetch)
  return (
    <Page title="MMIF" about="Results of apps, with one MMIF per step and media file.">
      <ListPanel
        list={list}
        connection={({ mmifs }) => mmifs}
        label="MMIF"
        noun="MMIF"
        search={search}
        filters={
          <FilterBar label="MMIF" filtered={isFiltered(search)} onClear={() => change(NONE)}>
            <SearchField
              label="Search by GUID"
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
            <DateRangeFacet label="Created" days={search} onChoose={({ from, to }) => change({ from, to })} />
          </FilterBar>
        }
        columns={COLUMNS}
        rowKey={({ id }) => id}
        rowName={({ id, mediaFile }) => `${id} of ${mediaFile.guid}`}
        onPageChange={change}
        bulkActions={<MmifBulkActions selecting={selecting} />}
        empty={
          <EmptyState icon={<FileJson2 size={26} />} title="No MMIF yet">
            Each pipeline step creates one MMIF per media file. Start a batch to create the first ones.
          </EmptyState>
        }
      />
    </Page>
  )
}

/** Bulk actions for the selected MMIF. They need IDs, so they are not available for a whole filter. */
function MmifBulkActions({ selecting: { selection } }: { selecting: RowSelection }) {
  if (selection.all) return <p>To create a batch or to download, select individual MMIF.</p>
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
        Create batch
      </LinkButton>
      <ZipButton noun="mmif" ids={ids}>
        Download
      </ZipButton>
    </>
  )
}

function mmifFilter({ text, origin, app, collection, from, to }: MmifsSearch) {
  return {
    text: text ?? null,
    origins: origin ?? null,
    apps: app === undefined ? null : [app],
    collections: collection === undefined ? null : [collection],
    created: timeRange({ from, to }),
  }
}
