import { useNavigate } from '@tanstack/react-router'
import { Archive, ArchiveRestore, CopyPlus, Ellipsis, Pencil, Play, Trash2, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { QueryResult } from '../../components/query-result'
import { LinkButton } from '../../components/link-button'
import { Menu, MenuItem } from '../../components/menu'
import { NotFound } from '../../components/not-found'
import { Page } from '../../components/page'
import { LazyStartDialog } from '../../components/start-dialog/lazy-start-dialog'
import { Tabs } from '../../components/tabs'
import { pluralize } from '../../lib/format'
import { DocumentView } from './document-view'
import { ArchiveOrDeleteDialog, type PipelineAction } from './archive-or-delete-dialog'
import styles from './pipeline-page.module.css'
import { PipelineQuery, type PipelineDetails } from './pipeline-query'
import { pipelineRoute, type PipelineSearch } from './route'
import { StepsView } from './steps-view'
import { UsageView } from './usage-view'
import { VersionsView } from './versions-view'

export function PipelinePage() {
  const { pipelineId } = pipelineRoute.useParams()
  const [result, query] = useQuery({ query: PipelineQuery, variables: { id: pipelineId } })
  const refetch = () => query({ requestPolicy: 'network-only' })
  return (
    <QueryResult result={result} label="Pipeline" page onRetry={refetch}>
      {({ pipeline }) =>
        pipeline ? <LoadedPipeline pipeline={pipeline} onChanged={refetch} /> : <NotFound what={`pipeline ${pipelineId}`} />
      }
    </QueryResult>
  )
}

function LoadedPipeline({ pipeline, onChanged }: { pipeline: PipelineDetails; onChanged: () => void }) {
  const search = pipelineRoute.useSearch()
  const navigate = useNavigate()
  const [change, setChange] = useState<PipelineAction | null>(null)
  const [starting, setStarting] = useState(false)
  const go = (part: Partial<PipelineSearch>) =>
    void navigate({ from: pipelineRoute.fullPath, search: (now) => ({ ...now, ...part }), replace: true })
  const { id, name, version, archived, versions, warnings } = pipeline
  return (
    <Page
      title={name}
      crumbs={[{ label: 'Pipelines', link: { to: '/pipelines' } }]}
      beside={
        <>
          <span className={styles.version}>version {version}</span>
          {archived && <span className={styles.archived}>archived</span>}
        </>
      }
      about={pipeline.description ?? undefined}
      actions={
        <>
          {!archived && (
            <Button kind="primary" icon={<Play aria-hidden size={16} />} onClick={() => setStarting(true)}>
              Start batch …
            </Button>
          )}
          <LinkButton icon={<Pencil aria-hidden size={16} />} to="/pipelines/$pipelineId/edit" params={{ pipelineId: id }}>
            Edit
          </LinkButton>
          <Menu trigger={<Button icon={<Ellipsis aria-hidden size={18} />} aria-label={`More actions for ${name}`} />}>
            <MenuItem
              icon={<CopyPlus aria-hidden size={16} />}
              onChoose={() => void navigate({ to: '/pipelines/new', search: { from: id } })}
            >
              Duplicate
            </MenuItem>
            <MenuItem
              icon={archived ? <ArchiveRestore aria-hidden size={16} /> : <Archive aria-hidden size={16} />}
              onChoose={() => setChange(archived ? 'unarchive' : 'archive')}
            >
              {archived ? 'Unarchive …' : 'Archive …'}
            </MenuItem>
            <MenuItem icon={<Trash2 aria-hidden size={16} />} danger onChoose={() => setChange('delete')}>
              Delete …
            </MenuItem>
          </Menu>
        </>
      }
    >
      {warnings.length > 0 && (
        <ul className={styles.warnings} aria-label="Warnings">
          {warnings.map((warning) => (
            <li key={warning}>
              <TriangleAlert aria-hidden size={16} />
              {warning}
            </li>
          ))}
        </ul>
      )}
      <Tabs
        label="Pipeline"
        chosen={search.tab ?? 'steps'}
        onChoose={(tab) => go({ tab: tab === 'steps' ? undefined : tab })}
        tabs={[
          { value: 'steps', label: pluralize(pipeline.steps.length, 'step'), content: <StepsView steps={pipeline.steps} /> },
          {
            value: 'versions',
            label: pluralize(versions.length, 'version'),
            content: <VersionsView pipeline={pipeline} search={search} onSearch={go} />,
          },
          {
            value: 'uses',
            label: 'Usage',
            content: <UsageView id={id} />,
          },
          {
            value: 'document',
            label: 'Text',
            content: <DocumentView pipeline={pipeline} search={search} onSearch={go} />,
          },
        ]}
      />
      {starting && <LazyStartDialog pipeline={pipeline} onClose={() => setStarting(false)} />}
      {change && (
        <ArchiveOrDeleteDialog
          change={change}
          pipeline={pipeline}
          onDone={() => {
            if (change === 'delete') void navigate({ to: '/pipelines' })
            else onChanged()
          }}
          onClose={() => setChange(null)}
        />
      )}
    </Page>
  )
}
