import { ArrowDownUp, GitCommitVertical, Minus, PencilLine, Plus } from 'lucide-react'
import { useQuery } from 'urql'
import { QueryResult } from '../../components/query-result'
import { LinkButton } from '../../components/link-button'
import { Panel } from '../../components/panel'
import { valueText } from '../../components/parameters/parameter'
import { Select } from '../../components/select'
import { RelativeTime } from '../../components/relative-time'
import { errorLabel } from '../../lib/error-label'
import { graphql, type Json, type ResultOf } from '../../lib/graphql'
import { ChangeFields, type PipelineDetails } from './pipeline-query'
import type { PipelineSearch } from './route'
import styles from './versions-view.module.css'

type Change = ResultOf<typeof ChangeFields>

const Diff = graphql(
  `
    query PipelineDiff($id: ID!, $from: Int!, $to: Int!) {
      pipeline(id: $id) { id diff(from: $from, to: $to) { changes { ...ChangeFields } } }
    }
  `,
  [ChangeFields],
)

interface VersionsViewProps {
  pipeline: PipelineDetails
  search: PipelineSearch
  onSearch: (part: Partial<PipelineSearch>) => void
}

/** Compares two versions, and lists all versions. */
export function VersionsView({ pipeline, search, onSearch }: VersionsViewProps) {
  const { versions, version: newest } = pipeline
  const known = new Set(versions.map(({ version }) => version))
  const numbered = (text: string | undefined, otherwise: number) =>
    known.has(Number(text)) ? Number(text) : otherwise
  const to = numbered(search.to, newest)
  const from = numbered(search.from, Math.max(1, to - 1))
  const choices = versions.map(({ version, note }) => ({
    value: String(version),
    label: `Version ${version}`,
    ...(note === null ? {} : { about: note }),
  }))
  return (
    <>
      {versions.length > 1 && (
        <Panel
          title="Compare versions"
          beside={
            <div className={styles.picks}>
              <Select label="From" choices={choices} chosen={String(from)} onChoose={(value) => onSearch({ from: value })} />
              <span aria-hidden>→</span>
              <Select label="To" choices={choices} chosen={String(to)} onChoose={(value) => onSearch({ to: value })} />
            </div>
          }
        >
          <Difference id={pipeline.id} from={from} to={to} />
        </Panel>
      )}
      <Panel title="All versions" flush>
        <ol className={styles.versions} reversed>
          {versions.map(({ version, note, createdAt, changes }) => (
            <li key={version}>
              <GitCommitVertical aria-hidden size={18} />
              <div className={styles.version}>
                <p>
                  <strong>Version {version}</strong> <RelativeTime at={createdAt} />
                </p>
                {note !== null && <p className={styles.note}>{note}</p>}
                {version === 1 && <p className={styles.quiet}>First version.</p>}
                {changes.length > 0 && (
                  <ul className={styles.words}>
                    {changes.map(({ words }) => (
                      <li key={words}>{words}</li>
                    ))}
                  </ul>
                )}
              </div>
              {version !== newest && (
                <LinkButton
                  small
                  to="/pipelines/$pipelineId/edit"
                  params={{ pipelineId: pipeline.id }}
                  search={{ version: String(version) }}
                >
                  Edit from here
                </LinkButton>
              )}
            </li>
          ))}
        </ol>
      </Panel>
    </>
  )
}

function Difference({ id, from, to }: { id: string; from: number; to: number }) {
  const [result, query] = useQuery({ query: Diff, variables: { id, from, to }, requestPolicy: 'cache-first' })
  return (
    <QueryResult result={result} label="Difference" lines={3} onRetry={() => query({ requestPolicy: 'network-only' })}>
      {({ pipeline }) => {
        const changes = pipeline?.diff.changes ?? []
        if (changes.length === 0) return <p className={styles.quiet}>No differences.</p>
        return (
          <ul className={styles.changes}>
            {changes.map((change) => (
              <ChangeItem key={change.words} change={change} />
            ))}
          </ul>
        )
      }}
    </QueryResult>
  )
}

const KINDS = {
  ADDED: { icon: Plus, label: 'added' },
  REMOVED: { icon: Minus, label: 'removed' },
  MOVED: { icon: ArrowDownUp, label: 'moved' },
  CHANGED: { icon: PencilLine, label: 'changed' },
}

function ChangeItem({ change }: { change: Change }) {
  const { kind, app, position, oldPosition, parameters, retry } = change
  const Icon = KINDS[kind].icon
  return (
    <li className={styles.change} data-kind={kind}>
      <p className={styles.title}>
        <Icon aria-hidden size={16} />
        <strong>
          Step {position ?? oldPosition}: {app.name}
        </strong>
        <span>
          {KINDS[kind].label}
          {kind === 'MOVED' && ` from position ${oldPosition ?? ''}`}
        </span>
      </p>
      {(parameters.length > 0 || retry) && (
        <table className={styles.values}>
          <thead>
            <tr>
              <th>Field</th>
              <th>Before</th>
              <th>After</th>
            </tr>
          </thead>
          <tbody>
            {parameters.map(({ name, old, new: now }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{valueOrDefault(old)}</td>
                <td>{valueOrDefault(now)}</td>
              </tr>
            ))}
            {retry && (
              <tr>
                <th scope="row">On failure</th>
                <td>{retryText(retry.old)}</td>
                <td>{retryText(retry.new)}</td>
              </tr>
            )}
          </tbody>
        </table>
      )}
    </li>
  )
}

function valueOrDefault(value: Json) {
  return value === null ? <em>default</em> : valueText(value)
}

function retryText(retry: NonNullable<Change['retry']>['old']) {
  if (retry === null) return <em>default retries</em>
  return `up to ${retry.attempts} calls${retry.codes ? ` after ${retry.codes.map(errorLabel).join(', ')}` : ''}`
}
