import { useClient } from 'urql'
import { ConfirmDialog } from '../../components/confirm-dialog'
import { showToast } from '../../components/toast'
import { runBulkMutation as changeMany, previewBulkMutation } from '../../lib/bulk-mutation'
import { problemOf } from '../../lib/client'
import { graphql } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import { ArchivePipelines, DeletePipelines } from '../pipelines/pipeline-bulk-actions'

export type PipelineAction = 'archive' | 'bring-back' | 'delete'

const PipelineUse = graphql(`
  query PipelineUse($id: ID!) {
    batches(first: 1, filter: { pipelines: [$id] }) { totalCount { count } }
    active: batchRuns(first: 1, filter: { pipelines: [$id], status: [WAITING, RUNNING, PAUSED] }) { totalCount { count } }
  }
`)

interface ArchiveOrDeleteDialogProps {
  change: PipelineAction
  pipeline: { id: string; name: string; versions: unknown[] }
  onDone: () => void
  onClose: () => void
}

/** Says in numbers what it would mean before it is done. */
export function ArchiveOrDeleteDialog({ change, pipeline, onDone, onClose }: ArchiveOrDeleteDialogProps) {
  const { id, name, versions } = pipeline
  const client = useClient()
  const archiving = { ids: [id], archived: change === 'archive' }
  const preview = async () => {
    const [would, use] = await Promise.all([
      change === 'delete' ? previewBulkMutation(DeletePipelines, { ids: [id] }) : previewBulkMutation(ArchivePipelines, archiving),
      client.query(PipelineUse, { id }, { requestPolicy: 'network-only' }).toPromise(),
    ])
    if (!use.data) throw new Error(use.error ? problemOf(use.error).message : 'Chowda answered with nothing.')
    const batches = use.data.batches.totalCount.count
    const active = use.data.active.totalCount.count
    const message = would.nothing
      ? 'It can’t be done:'
      : {
          archive: `${name} can’t be started any more. ${pluralize(batches, 'batch', 'batches')} would start on it by default; ${pluralize(active, 'run')} under way ${active === 1 ? 'goes' : 'go'} on.`,
          'bring-back': `${name} can be started again.`,
          delete: `Deletes ${name} with ${pluralize(versions.length, 'version')}. It has not run.`,
        }[change]
    return { ...would, message }
  }
  return (
    <ConfirmDialog
      title={{ archive: 'Archive this pipeline', 'bring-back': 'Bring this pipeline back', delete: 'Delete this pipeline' }[change]}
      verb={{ archive: 'Archive it', 'bring-back': 'Bring it back', delete: 'Delete it' }[change]}
      danger={change === 'delete'}
      preview={preview}
      onConfirm={async () => {
        await (change === 'delete' ? changeMany(DeletePipelines, { ids: [id] }) : changeMany(ArchivePipelines, archiving))
        showToast(`${name} is ${{ archive: 'archived', 'bring-back': 'back', delete: 'deleted' }[change]}.`)
        onDone()
      }}
      onClose={onClose}
    />
  )
}
