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

/** Nothing runs just now; where nothing ever did, the way to the first run. */
export function NoActiveRuns() {
  const [result, ask] = useQuery({ query: CatalogCounts, requestPolicy: 'cache-and-network' })
  return (
    <QueryResult result={result} label="What there is" onRetry={() => ask({ requestPolicy: 'network-only' })} lines={3}>
      {(data) => <FirstSteps data={data} />}
    </QueryResult>
  )
}

function FirstSteps({ data }: { data: ResultOf<typeof CatalogCounts> }) {
  const { apps, mediaFiles, pipelines, batches, batchRuns } = data
  if (batchRuns.totalCount.count > 0) {
    return (
      <EmptyState icon={<Waves size={26} />} title="Nothing is running">
        Start a batch, and you can watch here how far each app has come with it.
      </EmptyState>
    )
  }
  return (
    <section className={styles.first} aria-labelledby="first-run">
      <h2 id="first-run">Nothing has run yet</h2>
      <p>Four things, and then you can watch here how far each app has come with each file:</p>
      <ol>
        <Step to="/apps" action="Register the apps" count={apps.totalCount.count} noun="app">
          by the addresses at which they run: each is asked what it is.
        </Step>
        <Step to="/media/import" action="Bring in the media files" count={mediaFiles.totalCount.count} noun="media file">
          from a CSV file, by GUID, with the paths at which the apps find them.
        </Step>
        <Step to="/pipelines/new" action="Build a pipeline" count={pipelines.totalCount.count} noun="pipeline">
          of the apps, in the order in which each file goes through them.
        </Step>
        <Step to="/batches/new" action="Make a batch" count={batches.totalCount.count} noun="batch" nouns="batches">
          of the files that should go through it, and start it.
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
