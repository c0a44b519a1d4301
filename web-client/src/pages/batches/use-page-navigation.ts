import { updateListSearch } from '../../lib/list-search'
import type { PageSearch } from '../../lib/pagination'
import { batchRoute } from './batch-route'

/** Returns a function that opens another page of the list in the selected tab. */
export function usePageNavigation(): (page: PageSearch<never>) => void {
  const navigate = batchRoute.useNavigate()
  return (page) => void navigate({ search: (current) => updateListSearch(current, page) })
}
