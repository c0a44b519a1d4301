import { Link } from '@tanstack/react-router'
import { EntityLink } from '../../components/entity-link'
import { Panel } from '../../components/panel'
import { Tooltip } from '../../components/tooltip'
import type { Json } from '../../lib/graphql'
import { formatClockTime, formatExactTime, LOCALE } from '../../lib/format'
import { KINDS, ENTITY_KINDS, verbOf } from './action-labels'
import styles from './activity-page.module.css'
import { detailsIn } from './event-details'
import type { Event } from './event-fields'
import { activityRoute } from './route'

const DAY = new Intl.DateTimeFormat(LOCALE, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })

export function EventDay({ day, events }: { day: string; events: Event[] }) {
  return (
    <Panel title={DAY.format(new Date(`${day}T00:00`))} flush>
      <div className={styles.events}>
        {events.map((event) => (
          <EventLine key={event.id} event={event} />
        ))}
      </div>
    </Panel>
  )
}

function EventLine({ event }: { event: Event }) {
  const at = new Date(event.at)
  const id = `event-${event.id}`
  return (
    <article className={styles.event} aria-labelledby={id}>
      <Tooltip text={formatExactTime(at)}>
        <time dateTime={event.at}>{formatClockTime(at, at)}</time>
      </Tooltip>
      <div>
        <p id={id}>
          <strong>{event.actorClaim ?? event.actor}</strong>{' '}
          <Link
            from={activityRoute.fullPath}
            search={(search) => ({ ...search, after: undefined, action: event.action })}
            title={`Show only ${event.action}`}
            className={styles.verb}
          >
            {verbOf(event.action)}
          </Link>{' '}
          <Subject event={event} />
        </p>
        <Details details={event.details} />
      </div>
      {event.actorClaim !== null && <small>as {event.actor}</small>}
    </article>
  )
}

function Subject({ event }: { event: Event }) {
  const kind = KINDS[event.subjectKind] ?? event.subjectKind.toLowerCase()
  if (event.subjectId === null) return `${kind}s`
  const name = event.subjectName ?? event.subjectId
  const entityKind = ENTITY_KINDS[event.subjectKind]
  return (
    <>
      {kind}{' '}
      {entityKind ? (
        <EntityLink kind={entityKind} id={event.subjectId}>
          {name}
        </EntityLink>
      ) : (
        name
      )}
    </>
  )
}

function Details({ details }: { details: Json }) {
  const items = detailsIn(details)
  if (items.length === 0) return null
  return (
    <ul className={styles.details}>
      {items.map(({ words, link }) => (
        <li key={words}>{link ? <EntityLink {...link}>{words}</EntityLink> : words}</li>
      ))}
    </ul>
  )
}
