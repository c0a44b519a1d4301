import { ErrorCode } from '../../components/error-code'
import { RelativeTime } from '../../components/relative-time'
import { workerLabel } from '../../components/worker-label'
import { useNow } from '../../lib/server-clock'
import { formatDuration } from '../../lib/format'
import styles from './attempt-table.module.css'
import type { AttemptData } from './pipeline-run-queries'

/** The app calls of a step. */
export function AttemptTable({ attempts, staleSince }: { attempts: AttemptData[]; staleSince: number | null }) {
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <caption className="unseen">Calls</caption>
        <thead>
          <tr>
            <th>Call</th>
            <th>Worker</th>
            <th>Started</th>
            <th>Duration</th>
            <th>Result</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt) => (
            <tr key={attempt.number}>
              <td>{attempt.number}</td>
              <td title={attempt.worker}>{workerLabel(attempt.worker)}</td>
              <td>
                <RelativeTime at={attempt.startedAt} />
              </td>
              <td>
                <Duration attempt={attempt} staleSince={staleSince} />
              </td>
              <td>
                <Result attempt={attempt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Duration({ attempt, staleSince }: { attempt: AttemptData; staleSince: number | null }) {
  const now = useNow(attempt.underWay ? staleSince : 0)
  if (attempt.endedAt === null && !attempt.underWay) return '–'
  const until = attempt.endedAt === null ? now : Date.parse(attempt.endedAt)
  return formatDuration((until - Date.parse(attempt.startedAt)) / 1000)
}

function Result({ attempt: { underWay, error, endedAt } }: { attempt: AttemptData }) {
  if (underWay) return 'running'
  if (error) {
    return (
      <>
        <ErrorCode code={error.code} />: {error.message}
      </>
    )
  }
  return endedAt === null ? 'stopped, canceled or lost' : 'succeeded'
}
