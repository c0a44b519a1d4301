import { Link } from '@tanstack/react-router'
import { ErrorCode } from '../../components/error-code'
import { RelativeTime } from '../../components/relative-time'
import { workerLabel } from '../../components/worker-label'
import { formatDuration } from '../../lib/format'
import styles from './call-table.module.css'
import { OUTCOME_WORDS, outcomeOf, type Call } from './run-calls'

/** Calls as a table: the accessible form of the chart. */
export function CallTable({ calls }: { calls: Call[] }) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Calls">
      <table className={styles.table}>
        <caption className="unseen">App calls, newest first</caption>
        <thead>
          <tr>
            <th>Worker</th>
            <th>App</th>
            <th>File</th>
            <th>Started</th>
            <th>Duration</th>
            <th>Result</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <tr key={call.key}>
              <td title={call.worker}>{workerLabel(call.worker)}</td>
              <td>{call.app}</td>
              <td>
                <Link to="/pipeline-runs/$id" params={{ id: call.pipelineRun }}>
                  {call.guid}
                </Link>
                {call.number > 1 && `, call ${call.number}`}
              </td>
              <td>
                <RelativeTime at={new Date(call.startedAt).toISOString()} />
              </td>
              <td>{call.endedAt === null ? '–' : formatDuration((call.endedAt - call.startedAt) / 1000)}</td>
              <td>
                {OUTCOME_WORDS[outcomeOf(call)]}
                {call.error && (
                  <>
                    : <ErrorCode code={call.error.code} />, {call.error.message}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
