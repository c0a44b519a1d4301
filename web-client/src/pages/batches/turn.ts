import { changed } from '../../lib/list-search'
import type { PageSearch } from '../../lib/paging'
import { batchRoute } from './batch-route'

/** To another page of what the chosen tab lists. */
export function useTurn(): (turn: PageSearch<never>) => void {
  const navigate = batchRoute.useNavigate()
  return (turn) => void navigate({ search: (now) => changed(now, turn) })
}
