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

/** How long the app took for the files that it finished lately. */
export function CallTimes({ id, lastAnswerAt }: { id: string; lastAnswerAt: string | null }) {
  const [result, ask] = useQuery({ query: CallTimesQuery, variables: { id } })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  useRefetchOnChange(lastAnswerAt ?? '', refetch)
  return (
    <QueryResult result={result} label="Times" lines={4} onRetry={refetch}>
      {({ app }) => app && <Times app={app} />}
    </QueryResult>
  )
}

function Times({ app }: { app: Timed }) {
  const { timing } = app
  const paces = app.recentCalls
    .filter(({ mediaSeconds }) => mediaSeconds !== null && mediaSeconds > 0)
    .map(({ endedAt, seconds, mediaSeconds }) => ({ at: endedAt, value: (60 * seconds) / (mediaSeconds ?? 1), seconds }))
    .reverse()
  if (timing.calls === 0 && app.recentCalls.length === 0) {
    return <p className={styles.quiet}>It has finished no call yet. How long it takes shows here once it has.</p>
  }
  const sorted = paces.map(({ value }) => value).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return (
    <div className={styles.times}>
      <dl className={styles.facts}>
        {paces.length > 0 && (
          <>
            <div>
              <dt>Usual</dt>
              <dd>{formatProcessingTime(at(0.5))}</dd>
            </div>
            <div>
              <dt>9 of 10 within</dt>
              <dd>{formatProcessingTime(at(0.9))}</dd>
            </div>
          </>
        )}
        {timing.secondsPerMediaMinute !== null && (
          <div>
            <dt>Over all {formatCount(timing.calls)}</dt>
            <dd>{formatProcessingTime(timing.secondsPerMediaMinute)}</dd>
          </div>
        )}
        {timing.secondsPerCall !== null && (
          <div>
            <dt>A call</dt>
            <dd>{formatDuration(timing.secondsPerCall)}</dd>
          </div>
        )}
      </dl>
      {paces.length > 1 ? (
        <TimesPlot
          points={paces}
          usual={at(0.5)}
          label={`The last ${pluralize(paces.length, 'call')}: usually ${formatProcessingTime(at(0.5))} for a minute of media, from ${formatProcessingTime(at(0))} to ${formatProcessingTime(at(1))}.`}
        />
      ) : (
        <p className={styles.quiet}>
          How long files play is known for {paces.length === 0 ? 'none' : 'one'} of the last{' '}
          {pluralize(app.recentCalls.length, 'call')}.
        </p>
      )}
    </div>
  )
}
