import { createRoute } from '@tanstack/react-router'
import { dateParam } from '../../lib/date-range'
import { textParam } from '../../lib/search-params'
import { rootRoute } from '../../root-route'

interface ActivitySearch {
  action?: string | undefined
  /** An ID or a GUID. */
  subject?: string | undefined
  /** In the user's time zone, such as 2026-01-31. */
  day?: string | undefined
  /** A cursor: show older events. */
  after?: string | undefined
}

export const activityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/activity',
  validateSearch: (search: Record<string, unknown>): ActivitySearch => ({
    action: textParam(search.action),
    subject: textParam(search.subject),
    day: dateParam(search.day),
    after: textParam(search.after),
  }),
})
