import { createRoute } from '@tanstack/react-router'
import { choiceParam, textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

export const MMIF_TABS = ['glance', 'texts', 'json'] as const

export interface MmifSearch {
  tab?: (typeof MMIF_TABS)[number] | undefined
  /** What is searched for, in texts or in the JSON. */
  find?: string | undefined
  /** The ID of the view whose texts are shown. */
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
