import { Link } from '@tanstack/react-router'
import { CircleAlert, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../../components/button'
import { Panel } from '../../../components/panel'
import { Tag } from '../../../components/tag'
import { RelativeTime } from '../../../components/relative-time'
import { appLabel } from '../../../lib/app-label'
import { formatCount, pluralize } from '../../../lib/format'
import { mmifRoute } from '../mmif-route'
import styles from './overview.module.css'
import type { MmifSummary, TypeSummary, ViewSummary } from './mmif-summary'

const PAGE = 60

/** The documents and views of a MMIF. */
export function Overview({ summary }: { summary: MmifSummary }) {
  const [shown, setShown] = useState(PAGE)
  const { documents, views } = summary
  return (
    <div className={styles.overview}>
      <Panel title={pluralize(documents.length, 'document')} flush>
        <ul className={styles.documents}>
          {documents.map((document, index) => (
            <li key={`${document.id} ${index}`}>
              <Tag>{document.type.replace(/Document$/, '')}</Tag>
              <code>{document.id}</code>
              <span>{document.location ?? 'inline'}</span>
              {document.mime !== null && <small>{document.mime}</small>}
            </li>
          ))}
        </ul>
      </Panel>
      {views.length === 0 && <p className={styles.none}>No app has added a view yet.</p>}
      {views.slice(0, shown).map((view, index) => (
        <View key={`${view.id} ${index}`} view={view} />
      ))}
      {views.length > shown && (
        <Button onClick={() => setShown(shown + PAGE)}>
          Show {Math.min(PAGE, views.length - shown)} more of {formatCount(views.length)} views
        </Button>
      )}
    </div>
  )
}

function View({ view }: { view: ViewSummary }) {
  const { id, app, timestamp, annotations, types, texts, error, warnings, parameters } = view
  return (
    <section className={styles.view} aria-labelledby={`view-${id}`}>
      <header>
        <h2 id={`view-${id}`}>
          <span className={styles.id}>{id}</span> {app === '' ? 'Unknown app' : appLabel(app)}
        </h2>
        <p className={styles.about}>
          {pluralize(annotations, 'annotation')}
          {timestamp !== null && !Number.isNaN(Date.parse(timestamp)) && (
            <>
              {' · '}
              <RelativeTime at={timestamp} />
            </>
          )}
        </p>
      </header>
      {error && (
        <div className={styles.error}>
          <CircleAlert aria-hidden size={17} />
          <div>
            <strong>The app failed:</strong> {error.message}
            {error.detail !== null && (
              <details>
                <summary>Details</summary>
                <pre>{error.detail}</pre>
              </details>
            )}
          </div>
        </div>
      )}
      {warnings.length > 0 && (
        <div className={styles.warning}>
          <TriangleAlert aria-hidden size={17} />
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </div>
      )}
      <div className={styles.columns}>
        <div className={styles.types}>
          {types.map((type) => (
            <Type key={type.uri} type={type} most={Math.max(...types.map((each) => each.count))} />
          ))}
          {types.length === 0 && !error && <p className={styles.none}>No annotations.</p>}
          {texts > 0 && (
            <Link from={mmifRoute.fullPath} to="." search={{ tab: 'texts', view: id }}>
              Read {pluralize(texts, 'text')}
            </Link>
          )}
        </div>
        <Parameters parameters={parameters} />
      </div>
      {app !== '' && <p className={styles.identifier}>{app}</p>}
    </section>
  )
}

function Type({ type, most }: { type: TypeSummary; most: number }) {
  const more = type.labelCount - type.labels.length
  return (
    <div className={styles.type} title={type.uri}>
      <div className={styles.amount}>
        <span className={styles.name}>{type.name || 'No type'}</span>
        <span className={styles.bar} aria-hidden>
          <span style={{ width: `${Math.max(1, (100 * type.count) / most)}%` }} />
        </span>
        <span className={styles.number}>{formatCount(type.count)}</span>
      </div>
      {type.labels.length > 0 && (
        <ul className={styles.labels} aria-label={`Labels of ${type.name}`}>
          {type.labels.map(({ label, count }) => (
            <li key={label}>
              <Tag>
                {label} <b>{formatCount(count)}</b>
              </Tag>
            </li>
          ))}
          {more > 0 && <li className={styles.none}>and {pluralize(more, 'other label')}</li>}
        </ul>
      )}
    </div>
  )
}

function Parameters({ parameters }: { parameters: ViewSummary['parameters'] }) {
  if (parameters.length === 0) return <p className={styles.none}>No parameters.</p>
  return (
    <dl className={styles.parameters} aria-label="Parameters">
      {parameters.map(({ name, value, explicit }) => (
        <div key={name} data-explicit={explicit || undefined}>
          <dt>{name}</dt>
          <dd>
            <span className={styles.value}>{value === '' ? '–' : value}</span>
            <span className={styles.source}>{explicit ? 'set' : 'default'}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
