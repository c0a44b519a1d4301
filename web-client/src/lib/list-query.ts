import type { TadaDocumentNode } from 'gql.tada'
import { useQuery, type UseQueryState } from 'urql'
import { pageVariables, type PageSearch, type PageVariables } from './pagination'
import { useSelection, type RowSelection } from './selection'

interface ListVariables<Filter, Sort> extends PageVariables {
  filter: Filter
  sort: Sort
  descending: boolean
}

/** One page of a list, its sort order, and the rows selected over all pages. */
export interface ListQuery<Data, Sort extends string> {
  result: UseQueryState<Data>
  refetch: () => void
  sort: Sort
  descending: boolean
  selecting: RowSelection
}

interface ListQueryOptions<Data, Filter, Sort extends string> {
  query: TadaDocumentNode<Data, ListVariables<Filter, Sort>>
  search: PageSearch<Sort>
  filter: Filter
  defaultSort: Sort
  /** Sorts that are descending unless the URL says otherwise. */
  descendingSorts: readonly Sort[]
}

/** Reads the page of a list that the URL selects. */
export function useListQuery<Data, Filter, Sort extends string>({
  query,
  search,
  filter,
  defaultSort,
  descendingSorts,
}: ListQueryOptions<Data, Filter, Sort>): ListQuery<Data, Sort> {
  const { sort = defaultSort } = search
  const { descending = descendingSorts.includes(sort) } = search
  const [result, execute] = useQuery({ query, variables: { ...pageVariables(search), filter, sort, descending } })
  const selecting = useSelection(JSON.stringify(filter))
  return { result, refetch: () => execute({ requestPolicy: 'network-only' }), sort, descending, selecting }
}
