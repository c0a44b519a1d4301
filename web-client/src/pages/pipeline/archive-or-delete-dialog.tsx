import { useClient } from 'urql'
import { ConfirmDialog } from '../../components/confirm-dialog'
import { showToast } from '../../components/toast'
import { runBulkMutation as changeMany, previewBulkMutation } from '../../lib/bulk-mutation'
import { problemOf } from '../../lib/client'
import { graphql } from '../../lib/graphql'
import { formatCount, pluralize } from '../../lib/format'
import { ArchivePipelines, DeletePipelines } from '../pipelines/pipeline-bulk-actions'

export type PipelineAction = 'archive' | 'unarchive' | 'delete'

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

/** Confirms archiving, unarchiving or deleting a pipeline. */
export function ArchiveOrDeleteDialog({ change, pipeline, onDone, onClose }: ArchiveOrDeleteDialogProps) {
  const { id, name, versions } = pipeline
  const client = useClient()
  const archiving = { ids: [id], archived: change === 'archive' }
  const preview = async () => {
    const [outcome, use] = await Promise.all([
      change === 'delete' ? previewBulkMutation(DeletePipelines, { ids: [id] }) : previewBulkMutation(ArchivePipelines, archiving),
      client.query(PipelineUse, { id }, { requestPolicy: 'network-only' }).toPromise(),
    ])
    if (!use.data) throw new Error(use.error ? problemOf(use.error).message : 'Chowda returned no data.')
    const batches = use.data.batches.totalCount.count
    const active = use.data.active.totalCount.count
    const message = outcome.nothing
      ? 'Not possible:'
      : {
          archive: `${name} can’t be started after this. Batches with this default pipeline: ${formatCount(batches)}. Active runs, which continue: ${formatCount(active)}.`,
          unarchive: `${name} can be started again.`,
          delete: `Deletes ${name} with ${pluralize(versions.length, 'version')}. It has not run.`,
        }[change]
    return { ...outcome, message }
  }
  return (
    <ConfirmDialog
      title={{ archive: 'Archive pipeline', unarchive: 'Unarchive pipeline', delete: 'Delete pipeline' }[change]}
      verb={{ archive: 'Archive', unarchive: 'Unarchive', delete: 'Delete' }[change]}
      danger={change === 'delete'}
      preview={preview}
      onConfirm={async () => {
        await (change === 'delete' ? changeMany(DeletePipelines, { ids: [id] }) : changeMany(ArchivePipelines, archiving))
        showToast(`${name} is ${{ archive: 'archived', unarchive: 'unarchived', delete: 'deleted' }[change]}.`)
        onDone()
      }}
      onClose={onClose}
    />
  )
}
