import { useQuery } from 'urql'
import { QueryResult } from '../../components/query-result'
import { graphql, type ResultOf } from '../../lib/graphql'
import { formatProcessingTime } from '../../lib/processing-time'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { formatCount, pluralize, formatDuration } from '../../lib/format'
import styles from './call-times.module.css'
import { TimesPlot } from './times-plot'

const CallTimesQuery = graphql(`
  query CallTimes($id: ID!) {
    app(id: $id) {
      id
      timing { calls secondsPerCall secondsPerMediaMinute }
      recentCalls { endedAt seconds mediaSeconds }
    }
  }
`)

type Timed = NonNullable<ResultOf<typeof CallTimesQuery>['app']>

/** Processing times of the app's recent calls. */
export function CallTimes({ id, lastAnswerAt }: { id: string; lastAnswerAt: string | null }) {
  const [result, query] = useQuery({ query: CallTimesQuery, variables: { id } })
  const refetch = () => query({ requestPolicy: 'network-only' })
  useRefetchOnChange(lastAnswerAt ?? '', refetch)
  return (
    <QueryResult result={result} label="Processing times" lines={4} onRetry={refetch}>
      {({ app }) => app && <Times app={app} />}
    </QueryResult>
  )
}

function Times({ app }: { app: Timed }) {
  const { timing } = app
  const rates = app.recentCalls
    .filter(({ mediaSeconds }) => mediaSeconds !== null && mediaSeconds > 0)
    .map(({ endedAt, seconds, mediaSeconds }) => ({ at: endedAt, value: (60 * seconds) / (mediaSeconds ?? 1), seconds }))
    .reverse()
  if (timing.calls === 0 && app.recentCalls.length === 0) {
    return <p className={styles.quiet}>No finished calls yet.</p>
  }
  const sorted = rates.map(({ value }) => value).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return (
    <div className={styles.times}>
      <dl className={styles.facts}>
        {rates.length > 0 && (
          <>
            <div>
              <dt>Median</dt>
              <dd>{formatProcessingTime(at(0.5))}</dd>
            </div>
            <div>
              <dt>90 % within</dt>
              <dd>{formatProcessingTime(at(0.9))}</dd>
            </div>
          </>
        )}
        {timing.secondsPerMediaMinute !== null && (
          <div>
            <dt>Mean of {formatCount(timing.calls)} calls</dt>
            <dd>{formatProcessingTime(timing.secondsPerMediaMinute)}</dd>
          </div>
        )}
        {timing.secondsPerCall !== null && (
          <div>
            <dt>Mean per call</dt>
            <dd>{formatDuration(timing.secondsPerCall)}</dd>
          </div>
        )}
      </dl>
      {rates.length > 1 ? (
        <TimesPlot
          points={rates}
          median={at(0.5)}
          label={`Last ${pluralize(rates.length, 'call')}: median ${formatProcessingTime(at(0.5))} per media minute, from ${formatProcessingTime(at(0))} to ${formatProcessingTime(at(1))}.`}
        />
      ) : (
        <p className={styles.quiet}>
          The media duration is known for only {rates.length} of the last {pluralize(app.recentCalls.length, 'call')}.
        </p>
      )}
    </div>
  )
}
