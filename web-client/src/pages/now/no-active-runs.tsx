import { Link } from '@tanstack/react-router'
import { Check, Waves } from 'lucide-react'
import { useQuery } from 'urql'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { graphql, type ResultOf } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import styles from './no-active-runs.module.css'

const CatalogCounts = graphql(`
  query CatalogCounts {
    apps(first: 1) { totalCount { count } }
    mediaFiles(first: 1) { totalCount { count } }
    pipelines(first: 1) { totalCount { count } }
    batches(first: 1) { totalCount { count } }
    batchRuns(first: 1) { totalCount { count } }
  }
`)

/** Shown while no run is active. Before the first run, it lists the steps to get there. */
export function NoActiveRuns() {
  const [result, refetch] = useQuery({ query: CatalogCounts, requestPolicy: 'cache-and-network' })
  return (
    <QueryResult result={result} label="Setup steps" onRetry={() => refetch({ requestPolicy: 'network-only' })} lines={3}>
      {(data) => <FirstSteps data={data} />}
    </QueryResult>
  )
}

function FirstSteps({ data }: { data: ResultOf<typeof CatalogCounts> }) {
  const { apps, mediaFiles, pipelines, batches, batchRuns } = data
  if (batchRuns.totalCount.count > 0) {
    return (
      <EmptyState icon={<Waves size={26} />} title="Nothing is running">
        Start a batch to see the progress of each app here.
      </EmptyState>
    )
  }
  return (
    <section className={styles.first} aria-labelledby="first-run">
      <h2 id="first-run">Nothing has run yet</h2>
      <p>Complete four steps to see the progress of each app here:</p>
      <ol>
        <Step to="/apps" action="Register apps" count={apps.totalCount.count} noun="app">
          by address. Chowda reads the metadata of each app.
        </Step>
        <Step to="/media/import" action="Import media files" count={mediaFiles.totalCount.count} noun="media file">
          from a CSV file with GUIDs and the paths that the apps open.
        </Step>
        <Step to="/pipelines/new" action="Create pipeline" count={pipelines.totalCount.count} noun="pipeline">
          from the apps, in the order in which they process each file.
        </Step>
        <Step to="/batches/new" action="Create batch" count={batches.totalCount.count} noun="batch" nouns="batches">
          from the files to process, and start it.
        </Step>
      </ol>
    </section>
  )
}

interface StepProps {
  to: '/apps' | '/media/import' | '/pipelines/new' | '/batches/new'
  action: string
  count: number
  noun: string
  nouns?: string
  children: string
}

function Step({ to, action, count, noun, nouns, children }: StepProps) {
  return (
    <li data-done={count > 0 || undefined}>
      <span className={styles.mark} aria-hidden>
        {count > 0 && <Check size={15} />}
      </span>
      <p>
        <Link to={to}>{action}</Link> {children}
        {count > 0 && <span className={styles.done}>{pluralize(count, noun, nouns)}: done</span>}
      </p>
    </li>
  )
}
