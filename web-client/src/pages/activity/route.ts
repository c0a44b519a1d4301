import { createRoute } from '@tanstack/react-router'
import { textIn } from '../../lib/search'
import { rootRoute } from '../../root-route'

interface ActivitySearch {
  action?: string | undefined
  /** An ID or a GUID. */
  subject?: string | undefined
  /** In the person's zone: 2026-01-31. */
  day?: string | undefined
  /** A cursor: what came before it. */
  after?: string | undefined
}

export const activityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/activity',
  validateSearch: (search: Record<string, unknown>): ActivitySearch => ({
    action: textIn(search.action),
    subject: textIn(search.subject),
    day: dayIn(search.day),
    after: textIn(search.after),
  }),
})

function dayIn(value: unknown): string | undefined {
  const day = textIn(value)
  return day !== undefined && /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : undefined
}
