import { createRoute } from '@tanstack/react-router'
import { choiceParam, textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const MMIF_TABS = ['overview', 'texts', 'json'] as const

export interface MmifSearch {
  tab?: (typeof MMIF_TABS)[number] | undefined
  /** The search term, for texts and for the JSON. */
  find?: string | undefined
  /** The ID of the view to which the list of texts is limited. */
  view?: string | undefined
}

export const mmifRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/mmifs/$mmifId',
  validateSearch: (search: Record<string, unknown>): MmifSearch => ({
    tab: choiceParam(search.tab, MMIF_TABS),
    find: textParam(search.find),
    view: textParam(search.view),
  }),
})
