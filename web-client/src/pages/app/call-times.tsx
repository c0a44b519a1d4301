import { useQuery } from 'urql'
import { Fetched } from '../../components/fetched'
import { graphql, type ResultOf } from '../../lib/graphql'
import { pace } from '../../lib/app-pace'
import { useReread } from '../../lib/reread'
import { count, counted, duration } from '../../lib/words'
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
  const reread = () => ask({ requestPolicy: 'network-only' })
  useReread(lastAnswerAt ?? '', reread)
  return (
    <Fetched result={result} label="Times" lines={4} onRetry={reread}>
      {({ app }) => app && <Times app={app} />}
    </Fetched>
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
              <dd>{pace(at(0.5))}</dd>
            </div>
            <div>
              <dt>9 of 10 within</dt>
              <dd>{pace(at(0.9))}</dd>
            </div>
          </>
        )}
        {timing.secondsPerMediaMinute !== null && (
          <div>
            <dt>Over all {count(timing.calls)}</dt>
            <dd>{pace(timing.secondsPerMediaMinute)}</dd>
          </div>
        )}
        {timing.secondsPerCall !== null && (
          <div>
            <dt>A call</dt>
            <dd>{duration(timing.secondsPerCall)}</dd>
          </div>
        )}
      </dl>
      {paces.length > 1 ? (
        <TimesPlot
          points={paces}
          usual={at(0.5)}
          label={`The last ${counted(paces.length, 'call')}: usually ${pace(at(0.5))} for a minute of media, from ${pace(at(0))} to ${pace(at(1))}.`}
        />
      ) : (
        <p className={styles.quiet}>
          How long files play is known for {paces.length === 0 ? 'none' : 'one'} of the last{' '}
          {counted(app.recentCalls.length, 'call')}.
        </p>
      )}
    </div>
  )
}
