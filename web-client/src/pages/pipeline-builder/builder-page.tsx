import { Boxes } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useQuery } from 'urql'
import { EmptyState } from '../../components/empty-state'
import { QueryResult } from '../../components/query-result'
import { LinkButton } from '../../components/link-button'
import { NotFound } from '../../components/not-found'
import { Page, type Crumb } from '../../components/page'
import { draftOf, EMPTY_DRAFT, StepFields, type PipelineDraft } from '../../components/steps/pipeline-draft'
import { graphql, type ResultOf } from '../../lib/graphql'
import { Builder } from './builder'
import { BuilderApps, type AppsById } from './builder-apps'
import { editPipelineRoute } from './edit-route'
import { newPipelineRoute } from './new-route'
import type { OpenedPipeline } from './save-pipeline'

const BuilderStart = graphql(
  `
    query BuilderStart($id: ID!) {
      pipeline(id: $id) {
        id
        name
        description
        version
        versions { version steps { ...StepFields } }
      }
    }
  `,
  [StepFields],
)

type Start = NonNullable<ResultOf<typeof BuilderStart>['pipeline']>

const PIPELINES: Crumb = { label: 'Pipelines', link: { to: '/pipelines' } }

export function NewPipelinePage() {
  const { from } = newPipelineRoute.useSearch()
  const build = (start: PipelineDraft) => (apps: AppsById) => (
    <Builder title="New pipeline" crumbs={[PIPELINES]} apps={apps} start={start} opened={null} />
  )
  if (from === undefined) return <WithApps title="New pipeline">{build(EMPTY_DRAFT)}</WithApps>
  return (
    <WithStart key={from} id={from}>
      {(start) => (
        <WithApps title="New pipeline">
          {build({ ...stepsOf(start, start.version), name: `${start.name} (copy)`, description: start.description ?? '' })}
        </WithApps>
      )}
    </WithStart>
  )
}

export function EditPipelinePage() {
  const { pipelineId } = editPipelineRoute.useParams()
  const { version } = editPipelineRoute.useSearch()
  return (
    <WithStart key={pipelineId} id={pipelineId}>
      {(start) => <Edit start={start} from={Number(version ?? start.version)} />}
    </WithStart>
  )
}

function Edit({ start, from }: { start: Start; from: number }) {
  // `opened` has the newest steps, so that steps from an earlier version count as a change.
  const [draft] = useState<PipelineDraft>(() => ({
    ...stepsOf(start, from),
    name: start.name,
    description: start.description ?? '',
  }))
  const [opened] = useState<OpenedPipeline>(() => ({
    id: start.id,
    version: start.version,
    name: start.name,
    description: start.description ?? '',
    ...stepsOf(start, start.version),
  }))
  return (
    <WithApps title={start.name}>
      {(apps) => (
        <Builder
          title={`Edit ${start.name}`}
          crumbs={[
            PIPELINES,
            { label: start.name, link: { to: '/pipelines/$pipelineId', params: { pipelineId: start.id } } },
          ]}
          apps={apps}
          start={draft}
          opened={opened}
        />
      )}
    </WithApps>
  )
}

function stepsOf({ versions }: Start, version: number): Pick<PipelineDraft, 'steps'> {
  const of = versions.find((each) => each.version === version) ?? versions[0]
  return { steps: of?.steps.map(draftOf) ?? [] }
}

function WithStart({ id, children }: { id: string; children: (start: Start) => ReactNode }) {
  // Read once. Saving detects changes that others make in the meantime.
  const [result, query] = useQuery({ query: BuilderStart, variables: { id }, requestPolicy: 'network-only' })
  return (
    <QueryResult result={result} label="Pipeline" page onRetry={() => query({ requestPolicy: 'network-only' })}>
      {({ pipeline }) => (pipeline ? children(pipeline) : <NotFound what={`pipeline ${id}`} />)}
    </QueryResult>
  )
}

function WithApps({ title, children }: { title: string; children: (apps: AppsById) => ReactNode }) {
  const [result, query] = useQuery({ query: BuilderApps })
  return (
    <QueryResult result={result} label={title} page onRetry={() => query({ requestPolicy: 'network-only' })}>
      {({ apps: { nodes } }) =>
        nodes.length > 0 ? (
          children(new Map(nodes.map((app) => [app.id, app])))
        ) : (
          <Page title={title} crumbs={[PIPELINES]}>
            <EmptyState
              icon={<Boxes size={26} />}
              title="No apps yet"
              actions={
                <LinkButton kind="primary" to="/apps">
                  Go to Apps
                </LinkButton>
              }
            >
              A pipeline needs CLAMS apps. Register an app by its address, or import app metadata.
            </EmptyState>
          </Page>
        )
      }
    </QueryResult>
  )
}
