import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useQuery } from 'urql'
import { QueryResult } from '../../components/query-result'
import { RelativeTime } from '../../components/relative-time'
import type { ResultOf } from '../../lib/graphql'
import { useRefetchOnChange } from '../../lib/refetch-on-change'
import { formatBytes, formatCount } from '../../lib/format'
import styles from './mmif-history.module.css'
import { MmifsSince, type FileRunData } from './pipeline-run-queries'

/** Every MMIF that this run made of the file, the newest first: also those from before a retry. */
export function MmifHistory({ run }: { run: FileRunData }) {
  const { guid } = run.mediaFile
  const [result, ask] = useQuery({
    query: MmifsSince,
    variables: { guid, since: run.createdAt },
    requestPolicy: 'network-only',
  })
  const refetch = () => ask({ requestPolicy: 'network-only' })
  useRefetchOnChange(run.steps.map(({ mmif }) => mmif?.id ?? '').join(), refetch)
  return (
    <QueryResult result={result} label="MMIF" onRetry={refetch} lines={2}>
      {({ mmifs }) => <Trail run={run} mmifs={mmifs} />}
    </QueryResult>
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
          The first {formatCount(mmifs.nodes.length)} MMIF of the file since then were gone through;{' '}
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
            {formatBytes(mmif.size)}, <RelativeTime at={mmif.createdAt} />
            {!present.has(mmif.id) && ', from before a retry'}
          </span>
        </li>
      ))}
    </ol>
  )
}
