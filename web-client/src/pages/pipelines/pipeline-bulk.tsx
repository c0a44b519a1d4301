import { Archive, ArchiveRestore, Trash2 } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { idArguments, bulkTarget } from '../../lib/bulk-target'
import { graphql, type VariablesOf } from '../../lib/graphql'
import type { RowSelection } from '../../lib/selection'

export const DeletePipelines = graphql(
  `
    mutation DeletePipelines($ids: [ID!], $filter: PipelineFilter, $dryRun: Boolean!) {
      outcome: deletePipelines(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

export const ArchivePipelines = graphql(
  `
    mutation ArchivePipelines($ids: [ID!], $filter: PipelineFilter, $archived: Boolean!, $dryRun: Boolean!) {
      outcome: archivePipelines(ids: $ids, filter: $filter, archived: $archived, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

export type PipelineFilter = NonNullable<VariablesOf<typeof DeletePipelines>['filter']>

interface PipelineBulkProps {
  selecting: RowSelection
  filter: PipelineFilter
  onDone: () => void
}

/** What can be done with many pipelines. */
export function PipelineBulk({ selecting, filter, onDone }: PipelineBulkProps) {
  const chosen = idArguments(bulkTarget(selecting.selection, filter))
  const done = () => {
    selecting.clear()
    onDone()
  }
  return (
    <>
      {filter.archived !== true && (
        <BulkAction
          label="Archive"
          icon={<Archive aria-hidden size={15} />}
          title="Archive pipelines"
          verb="Archive them"
          mutation={ArchivePipelines}
          variables={{ ...chosen, archived: true }}
          onDone={done}
        />
      )}
      {filter.archived !== false && (
        <BulkAction
          label="Bring back"
          icon={<ArchiveRestore aria-hidden size={15} />}
          title="Bring pipelines back"
          verb="Bring them back"
          mutation={ArchivePipelines}
          variables={{ ...chosen, archived: false }}
          onDone={done}
        />
      )}
      <BulkAction
        label="Delete"
        icon={<Trash2 aria-hidden size={15} />}
        danger
        title="Delete pipelines"
        verb="Delete them"
        mutation={DeletePipelines}
        variables={chosen}
        onDone={done}
      />
    </>
  )
}
