import { History } from 'lucide-react'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { EmptyState } from '../../components/empty-state'
import { ErrorState } from '../../components/error-state'
import { Loading } from '../../components/loading'
import { Page } from '../../components/page'
import { TextInput } from '../../components/text-input'
import { problemOf } from '../../lib/client'
import { graphql, type ResultOf } from '../../lib/graphql'
import { useChangeFeed } from '../../lib/subscriptions'
import { actionLabel } from './action-labels'
import styles from './activity-page.module.css'
import { EventDay } from './event-day'
import { EventFields, type Event } from './event-fields'
import { activityRoute } from './route'

const Events = graphql(
  `
    query Events($after: String, $action: String, $subject: ID, $since: DateTime, $until: DateTime) {
      events(first: 100, after: $after, action: $action, subject: $subject, since: $since, until: $until) {
        cursor
        edges {
          node {
            ...EventFields
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [EventFields],
)

const NewEvents = graphql(
  `
    subscription NewEvents($after: String) {
      events(after: $after) {
        cursor
        asOf
        stale
        events {
          ...EventFields
        }
      }
    }
  `,
  [EventFields],
)

export function ActivityPage() {
  const search = activityRoute.useSearch()
  const navigate = activityRoute.useNavigate()
  const { action, subject, day, after } = search
  const since = day === undefined ? undefined : new Date(`${day}T00:00`)
  const variables = {
    after: after ?? null,
    action: action ?? null,
    subject: subject ?? null,
    since: since?.toISOString() ?? null,
    until: since ? nextDay(since).toISOString() : null,
  }
  const [{ data, error }, refetch] = useQuery({ query: Events, variables })
  const filtered = action !== undefined || subject !== undefined || day !== undefined
  return (
    <Page title="Activity" about="A live log of what people do.">
      <div className={styles.filters}>
        <label className={styles.day}>
          Day
          <TextInput
            type="date"
            value={day ?? ''}
            onChange={(event) =>
              void navigate({ search: { ...search, after: undefined, day: event.target.value || undefined } })
            }
          />
        </label>
        {action !== undefined && <p>Action: {actionLabel(action)}</p>}
        {subject !== undefined && <p>Subject: {subject}</p>}
        {filtered && (
          <Button small kind="quiet" onClick={() => void navigate({ search: {} })}>
            Show all
          </Button>
        )}
      </div>
      {error && !data && (
        <ErrorState message={problemOf(error).message} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
      )}
      {!error && !data && <Loading />}
      {data && <EventList key={JSON.stringify(variables)} initial={data.events} live={after === undefined} />}
      {data && (
        <nav aria-label="Activity pages" className={styles.pages}>
          {after !== undefined && (
            <Button onClick={() => void navigate({ search: { ...search, after: undefined } })}>Newest</Button>
          )}
          {data.events.pageInfo.hasNextPage && (
            <Button
              onClick={() =>
                void navigate({ search: { ...search, after: data.events.pageInfo.endCursor ?? undefined } })
              }
            >
              Older
            </Button>
          )}
        </nav>
      )}
    </Page>
  )
}

/** A page of events, with new events above. */
function EventList({ initial, live }: { initial: ResultOf<typeof Events>['events']; live: boolean }) {
  const { action, subject, day } = activityRoute.useSearch()
  const [newEvents, setNewEvents] = useState<Event[]>([])
  const [cursor] = useState(initial.cursor)
  useChangeFeed(NewEvents, live ? { after: cursor } : null, ({ events: page }) => {
    const matching = page.events.filter(
      (event) =>
        (action === undefined || event.action === action) &&
        (subject === undefined || event.subjectId === subject) &&
        (day === undefined || dayOf(event.at) === day),
    )
    if (matching.length > 0) setNewEvents((before) => [...matching.toReversed(), ...before])
    return page
  })
  const seen = new Set(newEvents.map((event) => event.id))
  const events = [...newEvents, ...initial.edges.map((edge) => edge.node).filter((event) => !seen.has(event.id))]
  if (events.length === 0) {
    return (
      <EmptyState icon={<History size={26} />} title="No activity">
        {action !== undefined || subject !== undefined || day !== undefined
          ? 'No event matches the filter. Choose another day, or show all.'
          : 'Events appear here when people start, change or cancel something.'}
      </EmptyState>
    )
  }
  const days = Map.groupBy(events, (event) => dayOf(event.at))
  return (
    <div>
      {[...days].map(([each, ofDay]) => (
        <EventDay key={each} day={each} events={ofDay} />
      ))}
    </div>
  )
}

function dayOf(at: string): string {
  const moment = new Date(at)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
}

function nextDay(day: Date): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1)
}
