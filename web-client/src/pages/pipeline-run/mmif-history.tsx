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

/** All MMIF that this run created, newest first, including those from before a retry. */
export function MmifHistory({ run }: { run: FileRunData }) {
  const { guid } = run.mediaFile
  const [result, execute] = useQuery({
    query: MmifsSince,
    variables: { guid, since: run.createdAt },
    requestPolicy: 'network-only',
  })
  const refetch = () => execute({ requestPolicy: 'network-only' })
  useRefetchOnChange(run.steps.map(({ mmif }) => mmif?.id ?? '').join(), refetch)
  return (
    <QueryResult result={result} label="MMIF" onRetry={refetch} lines={2}>
      {({ mmifs }) => <Results run={run} mmifs={mmifs} />}
    </QueryResult>
  )
}

function Results({ run, mmifs }: { run: FileRunData; mmifs: ResultOf<typeof MmifsSince>['mmifs'] }) {
  const { guid } = run.mediaFile
  const created = mmifs.nodes.filter(({ step }) => step?.pipelineRun.id === run.id).reverse()
  const currentIds = new Set(run.steps.map(({ mmif }) => mmif?.id))
  if (created.length === 0) return <p className={styles.none}>No results yet</p>
  return (
    <ol className={styles.trail}>
      {mmifs.pageInfo.hasNextPage && (
        <li className={styles.about}>
          Only the first {formatCount(mmifs.nodes.length)} MMIF of the file since this run were searched.{' '}
          <Link to="/media/$guid" params={{ guid }}>
            Show all MMIF of the file
          </Link>
        </li>
      )}
      {created.map((mmif) => (
        <li key={mmif.id}>
          <Link to="/mmifs/$mmifId" params={{ mmifId: mmif.id }}>
            {mmif.step?.position}. {run.steps.find(({ position }) => position === mmif.step?.position)?.app.name}
          </Link>
          <a href={mmif.url} download={`${guid}-${mmif.step?.position ?? 0}.mmif`} aria-label={`Download ${mmif.id}`}>
            <Download aria-hidden size={15} />
          </a>
          <span className={styles.about}>
            {formatBytes(mmif.size)}, <RelativeTime at={mmif.createdAt} />
            {!currentIds.has(mmif.id) && ', from before a retry'}
          </span>
        </li>
      ))}
    </ol>
  )
}
