import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useQuery } from 'urql'
import { Fetched } from '../../components/fetched'
import { Time } from '../../components/time'
import type { ResultOf } from '../../lib/graphql'
import { useReread } from '../../lib/reread'
import { bytes, count } from '../../lib/words'
import styles from './mmif-trail.module.css'
import { MmifsSince, type FileRunData } from './operations'

/** Every MMIF that this run made of the file, the newest first: also those from before a retry. */
export function MmifTrail({ run }: { run: FileRunData }) {
  const { guid } = run.mediaFile
  const [result, ask] = useQuery({
    query: MmifsSince,
    variables: { guid, since: run.createdAt },
    requestPolicy: 'network-only',
  })
  const reread = () => ask({ requestPolicy: 'network-only' })
  useReread(run.steps.map(({ mmif }) => mmif?.id ?? '').join(), reread)
  return (
    <Fetched result={result} label="MMIF" onRetry={reread} lines={2}>
      {({ mmifs }) => <Trail run={run} mmifs={mmifs} />}
    </Fetched>
  )
}

function Trail({ run, mmifs }: { run: FileRunData; mmifs: ResultOf<typeof MmifsSince>['mmifs'] }) {
  const { guid } = run.mediaFile
  const made = mmifs.nodes.filter(({ step }) => step?.pipelineRun.id === run.id).reverse()
  const present = new Set(run.steps.map(({ mmif }) => mmif?.id))
  if (made.length === 0) return <p className={styles.none}>None yet: each step that finishes adds one.</p>
  return (
    <ol className={styles.trail}>
      {mmifs.pageInfo.hasNextPage && (
        <li className={styles.about}>
          The first {count(mmifs.nodes.length)} MMIF of the file since then were gone through;{' '}
          <Link to="/media/$guid" params={{ guid }}>
            all are with the file
          </Link>
          .
        </li>
      )}
      {made.map((mmif) => (
        <li key={mmif.id}>
          <Link to="/mmifs/$mmifId" params={{ mmifId: mmif.id }}>
            {mmif.step?.position}. {run.steps.find(({ position }) => position === mmif.step?.position)?.app.name}
          </Link>
          <a href={mmif.url} download={`${guid}-${mmif.step?.position ?? 0}.mmif`} aria-label={`Download ${mmif.id}`}>
            <Download aria-hidden size={15} />
          </a>
          <span className={styles.about}>
            {bytes(mmif.size)}, <Time at={mmif.createdAt} />
            {!present.has(mmif.id) && ', from before a retry'}
          </span>
        </li>
      ))}
    </ol>
  )
}
